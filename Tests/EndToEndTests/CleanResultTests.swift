@testable import Formats
import Foundation
@testable import Imaging
import Testing

@testable import Coordinator

/// What `segment` does with what the forest says: smoothing, cleaning, a region, areas.
@Suite struct CleanResultTests {
    private let scratch: Scratch

    init() async throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch)
        try await coppice(
            "train", scratch("image.png"), scratch("scribbles.png"), "--trees", "7", "--sigma-max", "2", "--folds", "0",
            "--output", scratch("model.json"))
    }

    @discardableResult
    private func coppice(_ arguments: String...) async throws -> Program.Outcome {
        let outcome = try await Program.coppice(arguments + ["--quiet", "--local", "2"])
        #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
        return outcome
    }

    private func segment(_ name: String, _ options: [String]) async throws -> LabelMap {
        let output = scratch(name)
        let outcome = try await Program.coppice(
            ["segment", scratch("image.png"), "--model", scratch("model.json"), "--output", output, "--quiet", "--local", "2"]
                + options)
        #expect(outcome.status == 0, "\(options): \(outcome.errors)")
        return try ImageFile.readAllLabels(path: output)
    }

    /// Regions of one class, 4-connected.
    private func regionCount(_ map: LabelMap) -> Int {
        var isSeen = [Bool](repeating: false, count: map.labels.count)
        var count = 0
        for start in map.labels.indices where !isSeen[start] {
            count += 1
            var open = [start]
            isSeen[start] = true
            while let pixel = open.popLast() {
                let (x, y) = (pixel % map.width, pixel / map.width)
                for (column, row) in [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)]
                where (0..<map.width).contains(column) && (0..<map.height).contains(row) {
                    let other = row * map.width + column
                    if !isSeen[other], map.labels[other] == map.labels[pixel] {
                        isSeen[other] = true
                        open.append(other)
                    }
                }
            }
        }
        return count
    }

    @Test func `smoothed and cleaned maps are the same for any tiles, and have fewer regions`() async throws {
        let plain = regionCount(try await segment("plain.png", []))
        for options in [
            ["--smooth", "1.5"], ["--min-region", "30"], ["--fill-holes", "40", "--min-region", "20", "--smooth", "1"],
        ] {
            let whole = try await segment("whole.png", options)
            for (index, tile) in ["64", "101"].enumerated() {
                let tiled = try await segment("tiled\(index).tif", options + ["--tile", tile])
                #expect(tiled == whole, "\(options), tiles of \(tile)")
            }
            #expect(regionCount(whole) < plain, "\(options)")
        }
    }

    @Test func `a region alone is segmented, with the labels of the whole`() async throws {
        let whole = try await segment("plain.png", [])
        var region = LabelMap(width: whole.width, height: whole.height, labels: whole.labels.map { _ in 0 })
        for row in 40..<130 { for column in 90..<(90 + row) { region.labels[row * whole.width + column] = 1 } }
        try region.write(to: scratch("region.png"))
        for tile in ["64", "300"] {
            let found = try await segment("within.png", ["--within", scratch("region.png"), "--tile", tile])
            #expect(found.labels == zip(whole.labels, region.labels).map { $1 == 0 ? 0 : $0 }, "tiles of \(tile)")
        }
        // The same region as a polygon: rows 40 to 129, from column 90 on, a column more with every row.
        var corners = "[90,40],[130,40]"
        for row in 41..<130 { corners += ",[\(89 + row),\(row)],[\(90 + row),\(row)]" }
        let polygon = "[[\(corners),[219,130],[90,130],[90,40]]]"
        try Data(
            """
            {"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Polygon","coordinates":\(polygon)},
            "properties":{"objectType":"annotation","classification":{"name":"Tissue"}}}]}
            """.utf8
        ).write(to: URL(fileURLWithPath: scratch("region.geojson")))
        let drawn = try await segment("drawn.png", ["--within", scratch("region.geojson"), "--tile", "64"])
        #expect(drawn.labels == zip(whole.labels, region.labels).map { $1 == 0 ? 0 : $0 })
        try LabelMap(width: 3, height: 2, labels: [1, 1, 1, 1, 1, 1]).write(to: scratch("small.png"))
        let refused = try await Program.coppice([
            "segment", scratch("image.png"), "--model", scratch("model.json"), "--output", scratch("no.png"), "--quiet",
            "--within", scratch("small.png"),
        ])
        #expect(refused.status == 65)
        #expect(refused.errors.contains("expected a region of 300×300 pixels"), "\(refused.errors)")
        #expect(!scratch.names.contains("no.png"))
    }

    @Test func `areas are counted by class`() async throws {
        let map = try await segment("plain.png", ["--areas", scratch("areas.csv")])
        let lines = try String(decoding: scratch.bytes("areas.csv"), as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(lines.first == "image,page,label,class,pixels,share,square_micrometres")
        let rows = lines.dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        #expect(rows.count == 3)
        for row in rows {
            let count = map.labels.count { "\($0)" == row[2] }
            #expect(row[0] == scratch("image.png") && row[1] == "0" && row[4] == "\(count)", "\(row)")
            #expect(row[5] == String(format: "%.6f", Double(count) / Double(map.labels.count)) && row[6].isEmpty, "\(row)")
        }
    }
}
