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

    @Test func `one object of one pixel is said in the singular`() async throws {
        try LabelMap(width: 4, height: 3, labels: [0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0]).write(to: scratch("one.png"))
        let outcome = try await Program.coppice([
            "objects", scratch("one.png"), "--classes", "2", "--output", scratch("one.csv"), "--local", "1",
        ])
        #expect(outcome.status == 0 && outcome.errors.contains("1 object of 1 pixel"), "\(outcome.errors)")
        #expect(!outcome.errors.contains("objects of") && !outcome.errors.contains("1 pixels"), "\(outcome.errors)")
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

    @Test func `objects that are opened again label what they were found in`() async throws {
        let outcome = try await objects("labels.png", "o", ["--classes", "1,2,3", "--local", "1"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let converted = try await Program.coppice([
            "annotations", "convert", scratch("o.geojson"), scratch("again.png"), "--size", "\(Self.side)x\(Self.side)",
        ])
        #expect(converted.status == 0, "\(converted.errors)")
        // The first object is of class 3, so its number has to be told.
        let again = try ImageFile.readAllLabels(path: scratch("again.png")).labels
        let labels = try ImageFile.readAllLabels(path: scratch("labels.png")).labels
        #expect(again == labels)
    }

    /// Columns 100 to 419 and rows 80 to 499 without a hole in the middle of a disc, as a label image and as annotations; and the labels
    /// without what lies outside.
    private func writeRegion() throws {
        let labels = try ImageFile.readAllLabels(path: scratch("labels.png"))
        let inside = (0..<Self.side * Self.side).map { pixel in
            let (x, y) = (pixel % Self.side, pixel / Self.side)
            return (100..<420).contains(x) && (80..<500).contains(y) && !((272..<278).contains(x) && (222..<228).contains(y))
        }
        try LabelMap(width: Self.side, height: Self.side, labels: inside.map { $0 ? 7 : 0 }).write(to: scratch("region.png"))
        let masked = zip(labels.labels, inside).map { $1 ? $0 : 0 }
        try LabelMap(width: Self.side, height: Self.side, labels: masked).write(to: scratch("masked.png"))
        let (outer, hole) = (
            "[[100,80],[420,80],[420,500],[100,500],[100,80]]", "[[272,222],[278,222],[278,228],[272,228],[272,222]]"
        )
        try Data(
            """
            {"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Polygon","coordinates":[\(outer),\(hole)]},
            "properties":{"objectType":"annotation","classification":{"name":"Tissue"}}}]}
            """.utf8
        ).write(to: URL(fileURLWithPath: scratch("region.geojson")))
    }

    @Test(arguments: [[], ["--fill-holes", "--min-area", "20"]])
    func `objects within a region are those of the labels masked beforehand`(options: [String]) async throws {
        try writeRegion()
        let classes = ["--classes", "1,2"] + options
        let masked = try await objects("masked.png", "masked", classes + ["--tile", "257", "--local", "1"])
        #expect(masked.status == 0, "\(masked.errors)")
        let ways = [
            ("labels.tif", "region.png", "64", "2"), ("labels.png", "region.geojson", "257", "1"),
            ("labels.tif", "region.geojson", "257", "2"),
        ]
        for (labels, region, tile, workers) in ways {
            let arguments = ["--within", scratch(region), "--tile", tile, "--local", workers, "--report", scratch("report.json")]
            let outcome = try await objects(labels, "within", classes + arguments)
            #expect(outcome.status == 0, "\(labels) \(arguments): \(outcome.errors)")
            for ending in ["geojson", "csv", "json", "tif"] {
                let same = try scratch.bytes("within.\(ending)") == scratch.bytes("masked.\(ending)")
                #expect(same, "\(labels) \(arguments), \(ending)")
            }
            guard tile == "64", options.isEmpty else { continue }
            // Of 11 × 11 tiles, those that touch the region with the two pixels around them.
            #expect(try Report(scratch("report.json")).jobs.done == 6 * 7)
        }
    }

    @Test func `the background of a region is its own largest class`() async throws {
        try writeRegion()
        // Most of the image lies outside, and would be the background if it counted.
        let outcome = try await objects("labels.tif", "o", ["--within", scratch("region.png"), "--local", "1"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("label 3, the largest class"), "\(outcome.errors)")
        let named = try await objects(
            "labels.tif", "n", ["--within", scratch("region.png"), "--classes", "1,2", "--local", "1"])
        #expect(named.status == 0, "\(named.errors)")
        #expect(try scratch.bytes("o.csv") == scratch.bytes("n.csv"))

        try LabelMap(width: Self.side, height: Self.side, labels: [UInt16](repeating: 0, count: Self.side * Self.side))
            .write(to: scratch("nowhere.png"))
        let nothing = try await objects("labels.tif", "x", ["--within", scratch("nowhere.png"), "--local", "1"])
        #expect(nothing.status == 65)
        #expect(
            nothing.errors.contains("expected labelled pixels within \(scratch("nowhere.png")), found none"), "\(nothing.errors)")
        try LabelMap(width: 3, height: 2, labels: [1, 1, 1, 1, 1, 1]).write(to: scratch("small.png"))
        let small = try await objects("labels.tif", "x", ["--within", scratch("small.png"), "--local", "1"])
        #expect(small.status == 65)
        #expect(small.errors.contains("expected a region of 700×700 pixels"), "\(small.errors)")
        #expect(!scratch.names.contains("x.csv"))
    }

    @Test func `a kept run within a region goes on to the same bytes, and knows the region`() async throws {
        try writeRegion()
        let within = ["--classes", "1,2", "--within", scratch("region.png"), "--tile", "16", "--local", "2"]
        let kept = ["--run-dir", scratch("run"), "--report", scratch("report.json")]
        #expect(try await objects("labels.tif", "whole", within).status == 0)
        let arguments =
            ["objects", scratch("labels.tif"), "--image", scratch("image.png")] + within + kept
            + ["geojson", "tif"].flatMap { ["--output", scratch("kept.\($0)")] }
        let killed = try await Program.coppice(arguments) { running in
            while running.process.isRunning {
                if let status = try? RunStatus(directory: scratch("run")), status.kept >= 2 { return running.kill(SIGKILL) }
                sched_yield()
            }
        }
        #expect(killed.status == 128 + SIGKILL, "it ended before it was killed")
        let again = try await Program.coppice(arguments)
        #expect(again.status == 0, "\(again.errors)")
        for ending in ["geojson", "tif"] {
            #expect(try scratch.bytes("kept.\(ending)") == scratch.bytes("whole.\(ending)"), "\(ending)")
        }
        let status = try RunStatus(directory: scratch("run"))
        #expect(status.kept == status.jobs)
        #expect(try Report(scratch("report.json")).jobs.restored >= 2)

        try FileManager.default.copyItem(atPath: scratch("masked.png"), toPath: scratch("other.png"))
        try FileManager.default.removeItem(atPath: scratch("region.png"))
        try FileManager.default.moveItem(atPath: scratch("other.png"), toPath: scratch("region.png"))
        let refused = try await Program.coppice(arguments)
        #expect(refused.status == 65)
        #expect(refused.errors.contains("expected input \(scratch("region.png")) with sha256 "), "\(refused.errors)")
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
