@testable import Formats
import Foundation
@testable import Imaging
@testable import Primitives
import Testing

@testable import Coordinator

/// `coppice objects` with real workers.
struct ObjectTests {
    private let scratch: Scratch
    private static let side = 700

    init() throws {
        scratch = try Scratch()
        // Rings, discs and lines of two classes on a background, some across all tiles.
        let bytes = (0..<Self.side * Self.side).map { pixel -> UInt8 in
            let (x, y) = (pixel % Self.side, pixel / Self.side)
            let (cellX, cellY) = (x % 50 - 25, y % 50 - 25)
            let square = cellX * cellX + cellY * cellY
            if (300..<308).contains(x) { return 2 }
            if square < 320 { return square < 36 && (x / 50 + y / 50) % 2 == 0 ? 3 : UInt8(1 + (x / 50) % 2) }
            return 3
        }
        try LabelMap(width: Self.side, height: Self.side, labels: bytes.map { UInt16($0) }).write(to: scratch("labels.png"))
        let tiff = try MapFile(
            path: scratch("labels.tif"), width: Self.side, height: Self.side, kind: .grey8, overviews: .topLeft)
        try tiff.write(PixelRect(x: 0, y: 0, width: Self.side, height: Self.side), bytes)
        try tiff.seal()
        try tiff.publish()
        let grey = bytes.indices.map { UInt8(truncatingIfNeeded: $0 &* 7 ^ ($0 / 700)) }
        try PixelBuffer(width: Self.side, height: Self.side, channels: 1, sampleType: .uint8, bytes: grey).write(
            to: scratch("image.png"))
    }

    private func objects(_ labels: String, _ prefix: String, _ arguments: [String]) async throws -> Program.Outcome {
        let outputs = ["geojson", "csv", "json", "tif"].flatMap { ["--output", scratch("\(prefix).\($0)")] }
        return try await Program.coppice(
            ["objects", scratch(labels), "--image", scratch("image.png"), "--connectivity", "8"] + outputs + arguments)
    }

    @Test(arguments: [[], ["--fill-holes", "--split", "--min-area", "20", "--simplify", "1.5"]])
    func `objects are the same bytes for every tile, number of workers and kind of file`(options: [String]) async throws {
        let ways = [
            ("labels.tif", ["--tile", "512", "--local", "1"]), ("labels.tif", ["--tile", "2048", "--local", "2"]),
            ("labels.tif", ["--tile", "100", "--local", "2"]), ("labels.png", ["--tile", "333", "--local", "2"]),
        ]
        for (index, (labels, arguments)) in ways.enumerated() {
            let outcome = try await objects(labels, "\(index)", arguments + options)
            #expect(outcome.status == 0, "\(labels) \(arguments): \(outcome.errors)")
        }
        for index in 1..<ways.count {
            for ending in ["geojson", "csv", "json", "tif"] {
                let same = try scratch.bytes("\(index).\(ending)") == scratch.bytes("0.\(ending)")
                // The table of the palette image has the same numbers; COCO names the image alone.
                #expect(same, "\(ways[index]), \(ending)")
            }
        }
    }

    @Test func `numbers in the table are those in the instance image`() async throws {
        let outcome = try await objects("labels.tif", "o", ["--tile", "200", "--local", "1"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("label 3"), "\(outcome.errors)")
        let table = String(decoding: try scratch.bytes("o.csv"), as: UTF8.self).split(separator: "\n").dropFirst()
        let areas = table.map { line in line.split(separator: ",", omittingEmptySubsequences: false)[7] }.compactMap {
            Double($0)
        }
        let image = try ImageFile.readAll(path: scratch("o.tif"))
        var counts = [Int](repeating: 0, count: areas.count + 1)
        for pixel in 0..<Self.side * Self.side { counts[Int(image.value(at: pixel))] += 1 }
        #expect(counts.dropFirst().map(Double.init) == areas)
    }

    @Test func `an image of another size is refused in one line`() async throws {
        try PixelBuffer(width: 9, height: 9, channels: 1, sampleType: .uint8, bytes: [UInt8](repeating: 1, count: 81))
            .write(to: scratch("small.png"))
        let outcome = try await Program.coppice([
            "objects", scratch("labels.tif"), "--image", scratch("small.png"), "--output", scratch("x.csv"), "--local", "1",
        ])
        #expect(outcome.status == 65)
        #expect(outcome.errors.contains("expected 700×700 pixels"), "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: scratch("x.csv")))
    }
}
