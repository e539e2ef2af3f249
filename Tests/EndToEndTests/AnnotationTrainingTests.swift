@testable import AnnotationFormats
@testable import Annotations
@testable import Commands
@testable import Formats
import Foundation
@testable import Imaging
@testable import Protocol
import Testing

@testable import Coordinator

/// Annotations where label images stand, through the real programs.
struct AnnotationTrainingTests {
    private let scratch: Scratch
    private static let side = 700

    init() throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: Self.side)
    }

    /// Strokes of three classes in the default colours, as plotly writes them.
    private static let strokes = [
        ("#E69F00", "M20,30L180,60L90,140", 8), ("#56B4E9", "M300,-20Q380,90 260,200", 5.5), ("#009E73", "M600,600L690,720", 20),
        ("#E69F00", "M560,640L700,650", 6), ("#56B4E9", "M10,690L60,640Z", 4),
    ]

    @discardableResult private func write(_ strokes: some Sequence<(String, String, Double)>, to name: String) throws -> String {
        let shapes = strokes.map { colour, path, width in
            #"{"type":"path","xref":"x","yref":"y","line":{"color":"\#(colour)","width":\#(width)},"path":"\#(path)"}"#
        }
        try Data(#"{"shapes":[\#(shapes.joined(separator: ","))]}"#.utf8).write(to: URL(fileURLWithPath: scratch(name)))
        return scratch(name)
    }

    /// Writes the label image of annotation files of one image.
    private func rasterise(_ names: [String], to name: String) throws -> LabelMap {
        let whole = PixelRect(x: 0, y: 0, width: Self.side, height: Self.side)
        var map = LabelMap(width: Self.side, height: Self.side, labels: .init(repeating: 0, count: whole.area))
        for name in names {
            let document = try AnnotationFile.read(path: scratch(name)).document
            let upper = try AnnotationLabels(document, width: Self.side, height: Self.side).labels(in: whole)
            for place in upper.labels.indices where upper.labels[place] > 0 { map.labels[place] = upper.labels[place] }
        }
        try map.write(to: scratch(name))
        return map
    }

    private func train(_ pairs: [String], _ output: String, _ arguments: String...) async throws -> Program.Outcome {
        let files = pairs.flatMap { [scratch("image.png"), scratch($0)] } + ["--output", scratch(output)]
        return try await Program.coppice(
            ["train"] + files + ["--trees", "5", "--sigma-max", "2", "--local", "1", "--quiet"] + arguments)
    }

    @Test func `the model of annotations is that of their label image, byte for byte`() async throws {
        try write(Self.strokes, to: "a.json")
        #expect(try rasterise(["a.json"], to: "labels.png").presentLabels == [1, 2, 3])
        for (index, limits) in [[], ["--max-samples-per-image", "900"]].enumerated() {
            for (labels, model) in [("a.json", "a\(index).json"), ("labels.png", "l\(index).json")] {
                let files = [scratch("image.png"), scratch(labels), "--output", scratch(model)]
                let outcome = try await Program.coppice(
                    ["train"] + files + ["--trees", "5", "--sigma-max", "2", "--local", "2", "--quiet"] + limits)
                #expect(outcome.status == 0, "\(outcome.errors)")
            }
            #expect(try scratch.bytes("a\(index).json") == scratch.bytes("l\(index).json"))
        }
        #expect(try scratch.bytes("a0.json") != scratch.bytes("a1.json"))
    }

    @Test func `labels of one image in several files are merged, the later on top, and what they contradict is counted`()
        async throws
    {
        try write(Self.strokes.prefix(3), to: "one.json")
        try write([("#009E73", "M20,30L180,60", 8), ("#E69F00", "M560,640L700,650", 6)], to: "two.json")
        _ = try rasterise(["one.json", "two.json"], to: "merged.png")
        let (one, two) = (try rasterise(["one.json"], to: "1.png"), try rasterise(["two.json"], to: "2.png"))
        let differing = zip(one.labels, two.labels).count { $0 > 0 && $1 > 0 && $0 != $1 }
        #expect(differing > 100)
        let merged = try await train(["merged.png"], "m.json")
        #expect(merged.status == 0, "\(merged.errors)")
        for (pairs, model) in [
            (["one.json", "two.json"], "12.json"), (["1.png", "two.json"], "i2.json"), (["1.png", "2.png"], "ii.json"),
        ] {
            let outcome = try await train(pairs, model, "--report", scratch("report.json"))
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try scratch.bytes(model) == scratch.bytes("m.json"), "\(model)")
            #expect(
                String(decoding: try scratch.bytes("report.json"), as: UTF8.self).contains("\(differing) pixels have different"))
        }
    }

    @Test func `names and colours of classes reach the model`() async throws {
        let features = [("Tumour", -3_342_337, 20), ("Stroma", -16_776_961, 300)].map { name, colour, x in
            #"""
            {"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[\#(x),20],[\#(x + 60),20],[\#(x + 60),90],[\#(x),90],[\#(x),20]]]},
            "properties":{"objectType":"annotation","classification":{"name":"\#(name)","colorRGB":\#(colour)}}}
            """#
        }
        try Data(#"{"type":"FeatureCollection","features":[\#(features.joined(separator: ","))]}"#.utf8)
            .write(to: URL(fileURLWithPath: scratch("q.geojson")))
        let outcome = try await train(["q.geojson"], "q.json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let classes = try SegmentationModel(decoding: scratch.bytes("q.json")).classes
        #expect(classes.map(\.name) == ["Tumour", "Stroma"] && classes.map(\.label) == [1, 2])
        #expect(classes.map(\.colour.hex) == ["#CCFFFF", "#0000FF"])
        #expect(try await train(["q.geojson"], "n.json", "--class-names", "a,b").status == 0)
        #expect(try SegmentationModel(decoding: scratch.bytes("n.json")).classes.map(\.name) == ["a", "b"])
    }

    @Test func `annotations are a truth like their label image`() async throws {
        try write(Self.strokes, to: "a.json")
        _ = try rasterise(["a.json"], to: "labels.png")
        var found: [String] = []
        for truth in ["a.json", "labels.png"] {
            let outcome = try await Program.coppice(["evaluate", scratch("truth.png"), scratch(truth), "--json"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            found.append(outcome.output)
        }
        #expect(found[0] == found[1] && found[0].contains("\"pixels\""))
    }

    @Test func `what cannot be used is refused in one line`() async throws {
        try write([("#E69F00", "M20,30L1e12,60", 8)], to: "far.json")
        try Data("{\"shapes\": 7}".utf8).write(to: URL(fileURLWithPath: scratch("odd.json")))
        try write([], to: "none.json")
        for name in ["far.json", "odd.json", "none.json"] {
            let outcome = try await train([name], "m.json")
            #expect(outcome.status == 65, "\(name): \(outcome.errors)")
            #expect(outcome.errors.contains(name) && outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
        }
    }
}
