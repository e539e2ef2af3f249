@testable import Formats
import Foundation
@testable import Imaging
@testable import Jobs
@testable import Primitives
import Testing

@Suite struct ZarrTilingTests {
    @Test(arguments: [(1300, 700, 512), (1300, 2100, 1024), (300, 200, 2048), (2049, 513, 1024), (4097, 1, 2048)])
    func `the tiles' own chunks, written by others, are those that the writer makes of the values`(
        width: Int, height: Int, side: Int
    ) throws {
        var random = SplitMix64(seed: UInt64(width * height + side))
        let values = (0..<width * height).map { _ in UInt8.random(in: 0...3, using: &random) }
        let folders = try (0..<2).map { _ in try ScratchFolder() }
        for folder in folders { try folder.makeFolder("map") }
        let colours = (0..<4).map { (label: UInt16($0), colour: RGBColour(red: 0, green: 0, blue: 0)) }
        let whole = try ZarrMapWriter.labels(folder: folders[0].path("map"), width: width, height: height, colours: colours)
        try values.withUnsafeBytes { try whole.write(PixelRect(x: 0, y: 0, width: width, height: height), from: $0) }
        whole.finish()

        let tiling = try #require(ZarrTiling(width: width, height: height, side: side))
        let shared = try ZarrMapWriter.labels(folder: folders[1].path("map"), width: width, height: height, colours: colours)
        try shared.admit(tiling)
        let grid = TileGrid(imageWidth: width, imageHeight: height, tileSide: side, haloPixels: 0)
        let map = folders[1].path("map")
        for index in (0..<grid.count).shuffled(using: &random) {
            let tile = grid.tile(row: index / grid.columns, column: index % grid.columns).core
            #expect(tiling.holds(tile))
            let part = (0..<tile.area).map { values[(tile.y + $0 / tile.width) * width + tile.x + $0 % tile.width] }
            // Every second tile comes as values.
            if index % 2 == 1 {
                try part.withUnsafeBytes { try shared.write(tile, from: $0) }
                continue
            }
            let chunks = try part.withUnsafeBytes { try tiling.chunks(of: tile, from: $0, .grey8, .topLeft, name: "test") }
            for (place, chunk) in zip(tiling.places(of: tile), chunks) {
                try Data(chunk).write(to: URL(fileURLWithPath: "\(map)/\(ChunkFolder.name(of: place, plane: nil))"))
            }
            try shared.adopt(tile, of: tiling)
        }
        shared.finish()
        let hashes = try folders.map { try ContentHash(ofOutput: $0.path("map")) }
        #expect(hashes[0] == hashes[1])
    }

    @Test func `tiles that are not whole chunks are none`() {
        for side in [0, 256, 300, 768, 1536] { #expect(ZarrTiling(width: 100, height: 100, side: side) == nil, "\(side)") }
        guard let tiling = ZarrTiling(width: 1500, height: 900, side: 1024) else {
            Issue.record("1024 is two chunks")
            return
        }
        #expect(tiling.holds(PixelRect(x: 1024, y: 0, width: 476, height: 900)))
        for tile in [
            PixelRect(x: 512, y: 0, width: 988, height: 900), PixelRect(x: 1024, y: 0, width: 475, height: 900),
            PixelRect(x: 2048, y: 0, width: 1, height: 900), PixelRect(x: 0, y: -1024, width: 1024, height: 900),
        ] { #expect(!tiling.holds(tile), "\(tile)") }
    }

    @Test func `only folders that a coordinator has begun under a root are written in`() throws {
        let (inside, outside) = (try ScratchFolder(), try ScratchFolder())
        let key = "0123456789abcdef0123456789abcdef"
        let manager = FileManager.default
        for folder in [inside, outside] {
            for name in [".a.zarr.partial/\(key)", ".a.zarr.partial/short", "a.zarr.partial/\(key)", "plain"] {
                try folder.makeFolder(name)
            }
        }
        try manager.createSymbolicLink(
            atPath: inside.path("link"), withDestinationPath: outside.path(".a.zarr.partial/\(key)"))
        let policy = try OutputPolicy(roots: [inside.path(".")])
        let good = try policy.folder(["/nowhere", ".a.zarr.partial/\(key)"])
        #expect(good.hasSuffix("/.a.zarr.partial/\(key)"))
        #expect(try policy.folder([good]) == good)
        for bad in [
            ".a.zarr.partial/short", "a.zarr.partial/\(key)", "plain", "link", outside.path(".a.zarr.partial/\(key)"),
            ".a.zarr.partial/../.a.zarr.partial/\(key)", "",
        ] {
            #expect(throws: ReferenceError.self, "\(bad)") { try policy.folder([bad]) }
        }
        #expect(throws: ReferenceError.self) { try OutputPolicy().folder([good]) }
        #expect(throws: ReferenceError.self) { try OutputPolicy(roots: ["/nowhere at all"]) }
    }
}
