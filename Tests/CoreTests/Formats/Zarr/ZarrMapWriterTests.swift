@testable import Compression
@testable import Formats
import Foundation
@testable import Imaging
@testable import Primitives
import Testing

struct ZarrMapWriterTests {
    private static let colour = RGBColour(red: 1, green: 2, blue: 3)

    /// Writes a map in tiles.
    private func write(_ labels: [UInt16], width: Int, known: [UInt16], side: Int, to path: String) throws {
        let writer = try ZarrMapWriter.labels(
            folder: path, width: width, height: labels.count / width, colours: known.map { ($0, Self.colour) })
        let bytes = labels.flatMap { label in
            (0..<writer.valueByteCount).map { UInt8(truncatingIfNeeded: label >> (8 * $0)) }
        }
        try Regions.write(
            bytes, to: writer, width: width, height: labels.count / width, pixelByteCount: writer.valueByteCount, side: side,
            seed: UInt64(side))
    }

    @Test(arguments: [(1, 1), (512, 512), (513, 511), (1100, 600), (3, 1025)])
    func `what is written is read again, and does not depend on the tiles`(width: Int, height: Int) throws {
        var random = SplitMix64(seed: UInt64(width))
        for known in [[1, 7, 255], [1, 256, 65535]] as [[UInt16]] {
            let labels = (0..<width * height).map { _ in known[Int.random(in: 0..<3, using: &random)] }
            let scratch = try ScratchFolder()
            for side in [100, 200, 512, 2000] {
                try scratch.makeFolder("\(side).zarr")
                try write(labels, width: width, known: known, side: side, to: scratch.path("\(side).zarr"))
            }
            let map = try ImageFile.readAllLabels(path: scratch.path("100.zarr"))
            #expect(map == LabelMap(width: width, height: height, labels: labels), "seed \(width)")
            let hashes = try [100, 200, 512, 2000].map { try ContentHash(ofOutput: scratch.path("\($0).zarr")) }
            #expect(Set(hashes).count == 1)
        }
    }

    @Test func `each level holds every second label of the one before`() throws {
        let (width, height) = (2100, 1030)
        var random = SplitMix64(seed: 5)
        let labels = (0..<width * height).map { _ in UInt16.random(in: 1...3, using: &random) }
        let scratch = try ScratchFolder()
        try scratch.makeFolder("map.zarr")
        try write(labels, width: width, known: [1, 2, 3], side: 700, to: scratch.path("map.zarr"))
        for level in 0..<4 {
            let step = 1 << level
            let (columns, rows) = ((width + step - 1) / step, (height + step - 1) / step)
            for (row, column) in [(0, 0), ((rows - 1) / 512, (columns - 1) / 512)] {
                let chunk = try Zlib.decompress(
                    try scratch.bytes("map.zarr/\(level)/\(row)/\(column)"), expectedByteCount: 512 * 512)
                for y in 0..<min(512, rows - row * 512) {
                    for x in 0..<min(512, columns - column * 512) {
                        let label = labels[(row * 512 + y) * step * width + (column * 512 + x) * step]
                        guard chunk[y * 512 + x] != UInt8(label) else { continue }
                        Issue.record("level \(level), chunk \(row)/\(column), (\(x), \(y)): \(chunk[y * 512 + x]), not \(label)")
                        return
                    }
                }
            }
        }
    }

    @Test func `a folder is known by who wrote it`() throws {
        let scratch = try ScratchFolder()
        try scratch.makeFolder("ours.zarr")
        try write([1, 2], width: 2, known: [1, 2], side: 1, to: scratch.path("ours.zarr"))
        #expect(ZarrMapWriter.hasWritten(scratch.path("ours.zarr")))
        #expect(!ZarrMapWriter.hasWritten(try HandmadeZarr().write(to: scratch)))
        #expect(!ZarrMapWriter.hasWritten(scratch.path("none.zarr")))
        let writer = #expect(throws: ImageError.self) {
            try ZarrMapWriter.labels(folder: scratch.path("none.zarr"), width: 1, height: 1, colours: [])
        }
        #expect(writer == .io(path: scratch.path("none.zarr/0"), reason: "No such file or directory"))
    }
}
