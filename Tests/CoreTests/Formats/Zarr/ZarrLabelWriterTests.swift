import Foundation
import Testing

@testable import Core

struct ZarrLabelWriterTests {
    private static let colour = RGBColour(red: 1, green: 2, blue: 3)

    /// Writes a map in steps of some rows.
    private func write(_ labels: [UInt16], width: Int, known: [UInt16], rowsAtATime: Int, to path: String) throws {
        let writer = try ZarrLabelWriter(
            folder: path, width: width, height: labels.count / width, colours: known.map { ($0, Self.colour) })
        for start in stride(from: 0, to: labels.count, by: rowsAtATime * width) {
            try writer.write(Array(labels[start..<min(labels.count, start + rowsAtATime * width)]))
        }
        try writer.finish()
    }

    @Test(arguments: [(1, 1), (512, 512), (513, 511), (1100, 600), (3, 1025)])
    func `what is written is read again, and does not depend on the rows at a time`(width: Int, height: Int) throws {
        var random = RandomBytes(seed: UInt64(width))
        for known in [[1, 7, 255], [1, 256, 65535]] as [[UInt16]] {
            let labels = (0..<width * height).map { _ in known[Int.random(in: 0..<3, using: &random)] }
            let scratch = try ScratchFolder()
            for rows in [1, 200, 512, 2000] {
                try scratch.makeFolder("\(rows).zarr")
                try write(labels, width: width, known: known, rowsAtATime: rows, to: scratch.path("\(rows).zarr"))
            }
            let map = try ImageFile.readAllLabels(path: scratch.path("1.zarr"))
            #expect(map == LabelMap(width: width, height: height, labels: labels), "seed \(width)")
            let hashes = try [1, 200, 512, 2000].map { try ContentHash(ofOutput: scratch.path("\($0).zarr")) }
            #expect(Set(hashes).count == 1)
        }
    }

    @Test func `a folder is known by who wrote it`() throws {
        let scratch = try ScratchFolder()
        try scratch.makeFolder("ours.zarr")
        try write([1, 2], width: 2, known: [1, 2], rowsAtATime: 1, to: scratch.path("ours.zarr"))
        #expect(ZarrLabelWriter.hasWritten(scratch.path("ours.zarr")))
        #expect(!ZarrLabelWriter.hasWritten(try HandmadeZarr().write(to: scratch)))
        #expect(!ZarrLabelWriter.hasWritten(scratch.path("none.zarr")))
        let writer = #expect(throws: ImageError.self) {
            try ZarrLabelWriter(folder: scratch.path("none.zarr"), width: 1, height: 1, colours: [])
        }
        #expect(writer == .io(path: scratch.path("none.zarr/0"), reason: "No such file or directory"))
    }
}
