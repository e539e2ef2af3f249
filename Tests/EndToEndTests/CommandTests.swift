internal import ArgumentParser
@testable import Commands
@testable import Formats
import Foundation
@testable import Imaging
@testable import Jobs
@testable import Primitives
@testable import Protocol
import Testing

@testable import Coordinator

/// Each command on real files, through real workers.
@Suite struct CommandTests {
    @Test(arguments: [["--help"], ["train", "--help"], ["help", "segment"], ["--version"]])
    func `help and version are answers, not errors`(arguments: [String]) async throws {
        let outcome = try await Program.coppice(arguments)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(outcome.output.contains(arguments == ["--version"] ? Coppice.version : "USAGE: coppice"))
    }

    @Test(arguments: MapKind.allCases) func `every map can be asked for by its option`(kind: MapKind) throws {
        var arguments = ["a.png", "--model", "m.json"]
        if kind != .labels { arguments += ["--output", "l.png"] }
        let command = try SegmentCommand.parse(arguments + [SegmentCommand.option(of: kind), "map.\(kind.endings[0])"])
        #expect(command.templates[kind] == "map.\(kind.endings[0])")
        #expect(command.templates.count == MapKind.allCases.count)
    }

    @Test func `the demo makes, trains, segments and says how well it went`() async throws {
        let scratch = try Scratch()
        let outcome = try await Program.coppice(["demo", scratch("demo"), "--size", "512", "--local", "2", "--quiet"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        for file in ["image", "scribbles", "truth", "labels", "overlay", "uncertainty", "probabilities-grains"] {
            let info = try ImageFile.open(path: scratch("demo/\(file).png")).info
            #expect(info.width == 512 && info.height == 512, "\(file)")
        }
        for word in ["out-of-bag accuracy", "mean IoU", "jobs", "segment", "demo.png"] { #expect(outcome.output.contains(word)) }
        var comparison = LabelComparison()
        try LabelFiles.compare(predicted: scratch("demo/labels.png"), truth: scratch("demo/truth.png"), into: &comparison)
        #expect(try #require(comparison.accuracy) > 0.8)
        let report = try Report(scratch("demo/report.json"))
        for file in report.outputs {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: file.path))
            #expect(ContentHash(of: bytes).hex == file.sha256, "\(file.path)")
        }
        #expect(report.outputs.map(\.path).contains(scratch("demo/demo.png")))
        #expect(report.jobs.done == report.jobs.attempts)
        try Self.checkPicture(in: scratch)
    }

    /// Compares `demo.png` of an image of 512 × 512 pixels with the files that it is made from.
    private static func checkPicture(in scratch: Scratch) throws {
        let picture = try ImageFile.readAll(path: scratch("demo/demo.png"))
        #expect(picture.channels == 3 && picture.sampleType == .uint8)
        try #require(picture.width == 3 * 256 + 2 * 8 && picture.height == 256)
        let panel = { (x: Int) in picture.cropped(to: PixelRect(x: x, y: 0, width: 256, height: 256)) }
        let halved = try ["image", "overlay"].map { try ImageFile.readAll(path: scratch("demo/\($0).png")).halved() }
        #expect(panel(0) == halved[0] && panel(2 * 264) == halved[1])
        for x in [256, 520] {
            let gap = picture.cropped(to: PixelRect(x: x, y: 0, width: 8, height: 256))
            #expect(gap.bytes.allSatisfy { $0 == 255 }, "column \(x)")
        }
        // Where all four pixels under one have a label, it has the label's colour; where none has, it is that of the image.
        let labels = try ImageFile.readAllLabels(path: scratch("demo/scribbles.png")).labels
        let (image, strokes) = (panel(0).bytes, panel(264).bytes)
        var (wrong, painted) = (0, Set<UInt16>())
        for pixel in 0..<256 * 256 {
            let first = pixel / 256 * 2 * 512 + pixel % 256 * 2
            let four = [labels[first], labels[first + 1], labels[first + 512], labels[first + 513]]
            guard four.allSatisfy({ $0 == four[0] }) else { continue }
            let found = Array(strokes[3 * pixel..<3 * pixel + 3])
            if four[0] == 0 {
                if found != Array(image[3 * pixel..<3 * pixel + 3]) { wrong += 1 }
            } else {
                painted.insert(four[0])
                let colour = RGBColour.classColour(Int(four[0]) - 1)
                if found != [colour.red, colour.green, colour.blue] { wrong += 1 }
            }
        }
        #expect(wrong == 0 && painted == [1, 2, 3])
    }

    @Test func `several images of different sizes train one model, and one load segments several`() async throws {
        let scratch = try Scratch()
        let other = try Scratch()
        try DemoInputs.write(to: scratch, side: 150)
        try DemoInputs.write(to: other, side: 97, seed: 8, pixelsPerClass: 150)
        try FileManager.default.createDirectory(atPath: scratch("b"), withIntermediateDirectories: true)
        for name in ["image.png", "scribbles.png"] {
            try FileManager.default.copyItem(atPath: other(name), toPath: scratch("b/\(name)"))
        }
        try Data("image,labels\nimage.png,scribbles.png\n\"b/image.png\",b/scribbles.png\n".utf8)
            .write(to: URL(fileURLWithPath: scratch("pairs.csv")))
        let common = ["--trees", "9", "--class-names", "grain,stripe,blob", "--local", "2", "--quiet"]
        #expect(
            try await Program.coppice(["train", "--manifest", scratch("pairs.csv"), "--output", scratch("a.json")] + common)
                .status == 0
        )
        let pairs = ["image.png", "scribbles.png", "b/image.png", "b/scribbles.png"].map { scratch($0) }
        #expect(try await Program.coppice(["train"] + pairs + ["--output", scratch("b.json")] + common).status == 0)
        #expect(try scratch.bytes("a.json") == scratch.bytes("b.json"))
        try FileManager.default.moveItem(atPath: scratch("b/image.png"), toPath: scratch("b/second.png"))
        let outcome = try await Program.coppice([
            "segment", scratch("image.png"), scratch("b/second.png"), "--model", scratch("a.json"), "--output",
            scratch("out/{name}-seg.png"), "--overlay", scratch("out/") + "/", "--quiet",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch("out")).sorted()
        #expect(names == ["image-overlay.png", "image-seg.png", "second-overlay.png", "second-seg.png"])
        #expect(try ImageFile.open(path: scratch("out/second-seg.png")).info.width == 97)
    }

    @Test func `label values stay what they were, in a palette of the class colours`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 120, pixelsPerClass: 200)
        var labels = try ImageFile.readAllLabels(path: scratch("scribbles.png"))
        let values: [UInt16] = [0, 1, 49, 91]
        for position in labels.labels.indices { labels.labels[position] = values[Int(labels.labels[position])] }
        try labels.write(to: scratch("odd.png"))
        for command in [
            ["train", scratch("image.png"), scratch("odd.png"), "--trees", "5", "--output", scratch("m.json")],
            ["segment", scratch("image.png"), "--model", scratch("m.json"), "--output", scratch("l.png")],
        ] {
            let outcome = try await Program.coppice(command + ["--local", "1", "--quiet"])
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        #expect(try ImageFile.readAllLabels(path: scratch("l.png")).presentLabels == [1, 49, 91])
        #expect(try ImageFile.openLabels(path: scratch("l.png")).palette[49] == .classColour(1))
    }

    @Test func `a table trains a model that predicts tables`() async throws {
        let scratch = try Scratch()
        var generator = SplitMix64(seed: 3)
        let count = 3000
        var values: [Float] = []
        var labels: [Int64] = []
        for _ in 0..<count {
            let row = (0..<5).map { _ in generator.uniform(-1, 1) }
            values += row
            labels.append(row[1] + row[3] > 0 ? 7 : 0)
        }
        let features = try NPYWriter(path: scratch("X.npy"), element: .float32, shape: [count, 5])
        try features.write(values)
        try features.finish()
        let truth = try NPYWriter(path: scratch("y.npy"), element: .int64, shape: [count])
        try truth.write(labels)
        try truth.finish()
        for command in [
            ["train", "--table", scratch("X.npy"), scratch("y.npy"), "--trees", "20", "--output", scratch("m.json")],
            ["predict", scratch("m.json"), scratch("X.npy"), "--output", scratch("p.npy"), "--probabilities", scratch("q.npy")],
        ] {
            let outcome = try await Program.coppice(command + ["--local", "2", "--quiet"])
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        let predicted = try NPYReader(path: scratch("p.npy")).integers(rows: 0..<count)
        let right = zip(predicted, labels).filter { $0 == Int($1) }.count
        #expect(right > count * 98 / 100)
        let probabilities = try NPYReader(path: scratch("q.npy"))
        #expect(probabilities.header.shape == [count, 2])
        for (row, predicted) in zip(0..<50, predicted) {
            let pair = try probabilities.floats(rows: row..<row + 1)
            #expect(abs(pair[0] + pair[1] - 1) < 1e-6)
            #expect((pair[1] > pair[0] ? 7 : 0) == predicted)
        }
    }

    @Test func `features are an array of height, width and features, with names in order`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 70, pixelsPerClass: 50)
        let outcome = try await Program.coppice([
            "features", scratch("image.png"), "--names", "--sigma-max", "2", "--features", "intensity,texture", "--tile", "32",
            "--output", scratch("f.npy"), "--local", "2", "--quiet",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try NPYReader(path: scratch("f.npy")).header.shape == [70, 70, 27])
        let names = outcome.output.split(separator: "\n")
        #expect(names.count == 27)
        #expect(names.first == "channel0.sigma0.5.intensity" && names.last == "channel2.sigma2.texture2")
        #expect(
            try await Program.coppice([
                "features", scratch("image.png"), "--sigma-max", "2", "--features", "intensity,texture", "--tile", "500",
                "--output", scratch("g.npy"), "--local", "1", "--quiet",
            ]).status == 0)
        #expect(try scratch.bytes("f.npy") == scratch.bytes("g.npy"))
    }

    @Test func `inspect and evaluate print text and JSON`() async throws {
        let scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 120, pixelsPerClass: 200)
        let trained = try await Program.coppice([
            "train", scratch("image.png"), scratch("scribbles.png"), "--trees", "5", "--output", scratch("m.json"), "--local",
            "1",
        ])
        #expect(trained.output.contains("out of bag"))
        #expect(try await Program.coppice(["inspect", scratch("m.json")]).output.contains("importance"))
        let inspected = try await Program.coppice(["inspect", scratch("m.json"), "--json"]).output
        #expect(try JSONDecoder().decode(ModelSummary.self, from: Data(inspected.utf8)).trees == 5)
        let same = try await Program.coppice(["evaluate", scratch("truth.png"), scratch("truth.png"), "--json"]).output
        let figures = try JSONDecoder().decode(EvaluationDocument.self, from: Data(same.utf8))
        #expect(figures.accuracy == 1 && figures.meanIntersectionOverUnion == 1 && figures.pixels == 120 * 120)
        #expect(try await Program.coppice(["evaluate", scratch("truth.png"), scratch("truth.png")]).output.contains("1.0000"))
        #expect(try await Program.coppice(["info", scratch("image.png")]).output.contains("120×120"))
    }
}
