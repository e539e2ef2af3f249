@testable import Formats
@testable import Imaging
@testable import Primitives
import Testing

struct RowAssemblerTests {
    @Test(arguments: [1, 3, 5, 16, 40])
    func `a PNG does not depend on the tiles in which its pixels come`(side: Int) throws {
        let folder = try ScratchFolder()
        var random = SplitMix64(seed: 21)
        let bytes = random.bytes(37 * 16 * 3)
        let rows = try PNGRowWriter(path: folder.path("rows.png"), width: 37, height: 16, kind: .rgb8)
        try bytes.withUnsafeBytes { try rows.write(16, from: $0) }
        try rows.finish()
        let tiles = try PNGRegionWriter(path: folder.path("tiles.png"), width: 37, height: 16, kind: .rgb8)
        try Regions.write(bytes, to: tiles, width: 37, height: 16, pixelByteCount: 3, side: side, seed: 22)
        #expect(try folder.bytes("rows.png") == folder.bytes("tiles.png"), "seeds 21 and 22")
    }

    @Test(arguments: [1, 4, 7, 100])
    func `an array does not depend on the tiles in which its values come`(side: Int) throws {
        let folder = try ScratchFolder()
        let values = (0..<13 * 9 * 2).map { Float($0) }
        let rows = try NPYWriter(path: folder.path("rows.npy"), element: .float32, shape: [9, 13, 2])
        try rows.write(values)
        try rows.finish()
        let tiles = try NPYWriter(path: folder.path("tiles.npy"), element: .float32, shape: [9, 13, 2])
        let grid = TileGrid(imageWidth: 13, imageHeight: 9, tileSide: side, haloPixels: 0)
        var random = SplitMix64(seed: 23)
        for index in (0..<grid.count).shuffled(using: &random) {
            let core = grid.tile(row: index / grid.columns, column: index % grid.columns).core
            let part = (core.y..<core.endY).flatMap { row -> ArraySlice<Float> in
                let line = 13 * row
                return values[2 * (line + core.x)..<2 * (line + core.endX)]
            }
            try part.withUnsafeBufferPointer { try tiles.write(core, $0) }
        }
        try tiles.finish()
        #expect(try folder.bytes("rows.npy") == folder.bytes("tiles.npy"), "seed 23")
    }
}
