@testable import Commands
@testable import Formats
import Foundation
@testable import Imaging
@testable import Protocol
import Testing

@testable import Coordinator

/// Label images as people write them, through training, segmentation and comparison.
struct LabelImageTests {
    private let scratch: Scratch
    private let labels: LabelMap
    private static let side = 96
    /// Of the labels 1, 2 and 3, in the order in which colours become labels.
    private static let colours: [[UInt8]] = [[0, 0, 0], [0, 0, 200], [0, 255, 0], [255, 0, 0]]

    init() throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: Self.side, pixelsPerClass: 200)
        labels = try ImageFile.readAllLabels(path: scratch("scribbles.png"))
    }

    private func train(_ labels: String, _ output: String, _ arguments: String...) async throws -> Program.Outcome {
        let files = [scratch("image.png"), scratch(labels), "--output", scratch(output)]
        return try await Program.coppice(
            ["train"] + files + ["--trees", "5", "--sigma-max", "2", "--local", "1", "--quiet"] + arguments)
    }

    private func model(_ name: String) throws -> SegmentationModel { try SegmentationModel(decoding: scratch.bytes(name)) }

    /// Writes a map in colours.
    private func paint(_ map: LabelMap, to name: String, _ colours: [[UInt8]] = Self.colours) throws {
        let bytes = map.labels.flatMap { colours[Int($0)] }
        try PixelBuffer(width: map.width, height: map.height, channels: 3, sampleType: .uint8, bytes: bytes)
            .write(to: scratch(name))
    }

    /// Writes planes of 8-bit numbers as a stack.
    private func stack(_ planes: [[UInt16]], to name: String) throws {
        let images = planes.map { plane in
            var image = HandmadeTIFF.Image(Self.side, Self.side, seed: 0)
            image.bytes = plane.map { UInt8($0) }
            return image
        }
        try Data(HandmadeTIFF.file(images)).write(to: URL(fileURLWithPath: scratch(name)))
    }

    private func evaluate(_ predicted: String, _ truth: String, _ arguments: String...) async throws -> EvaluationDocument {
        let outcome = try await Program.coppice(["evaluate", scratch(predicted), scratch(truth), "--json"] + arguments)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try JSONDecoder().decode(EvaluationDocument.self, from: Data(outcome.output.utf8))
    }

    @Test func `a forest learned from colours is that of their labels, and keeps the colours`() async throws {
        try paint(labels, to: "colours.png")
        #expect(try await train("scribbles.png", "n.json").status == 0)
        let coloured = try await train("colours.png", "c.json", "--report", scratch("r.json"))
        #expect(coloured.status == 0, "\(coloured.errors)")
        let (numbers, colours) = (try model("n.json"), try model("c.json"))
        #expect(numbers.forest == colours.forest && numbers.edges == colours.edges)
        #expect(colours.classes.map(\.label) == [1, 2, 3])
        #expect(colours.classes.map(\.colour.hex) == ["#0000C8", "#00FF00", "#FF0000"])
        #expect(try Report(scratch("r.json")).parameters["colours"] == "#0000C8=1,#00FF00=2,#FF0000=3")
        let segment = try await Program.coppice([
            "segment", scratch("image.png"), "--model", scratch("c.json"), "--output", scratch("l.png"), "--local", "1",
            "--quiet",
        ])
        #expect(segment.status == 0, "\(segment.errors)")
        #expect(try ImageFile.openLabels(path: scratch("l.png")).palette[2].hex == "#00FF00")
        // A truth in which a colour is missing is compared by the palette's colours.
        let found = try ImageFile.readAllLabels(path: scratch("l.png"))
        var truth = found
        for place in truth.labels.indices where truth.labels[place] == 1 { truth.labels[place] = 0 }
        try paint(truth, to: "truth-colours.png")
        #expect(try await evaluate("l.png", "truth-colours.png").accuracy == 1)
    }

    @Test func `colours have the labels that are said, and others are unlabelled`() async throws {
        try paint(labels, to: "colours.png")
        var some = labels
        for place in some.labels.indices { some.labels[place] = [0, 9, 4, 0][Int(some.labels[place])] }
        try some.write(to: scratch("some.png"))
        #expect(try await train("some.png", "n.json").status == 0)
        let listed = try await train("colours.png", "c.json", "--colours", "#0000C8=9,#00FF00=4")
        #expect(listed.status == 0, "\(listed.errors)")
        #expect(try model("n.json").forest == model("c.json").forest)
        #expect(try model("c.json").classes.map(\.label) == [4, 9])
        let wrong = try await train("colours.png", "w.json", "--colours", "red=1")
        #expect(wrong.status == 64 && wrong.errors.contains("--colours: expected #RRGGBB=LABEL"), "\(wrong.errors)")
    }

    @Test func `ignored labels are not learned from, and belong to a kept run`() async throws {
        var marked = labels
        for place in marked.labels.indices where marked.labels[place] == 0 && place % 3 == 0 { marked.labels[place] = 255 }
        try marked.write(to: scratch("marked.png"))
        #expect(try await train("scribbles.png", "n.json").status == 0)
        let kept = ["--run-dir", scratch("run"), "--report", scratch("r.json")]
        let ignoring = try await Program.coppice(
            ["train", scratch("image.png"), scratch("marked.png"), "--output", scratch("i.json")]
                + ["--trees", "5", "--sigma-max", "2", "--local", "1", "--quiet", "--ignore-label", "255"] + kept)
        #expect(ignoring.status == 0, "\(ignoring.errors)")
        #expect(try scratch.bytes("n.json") == scratch.bytes("i.json"))
        #expect(try Report(scratch("r.json")).parameters["ignore-label"] == "255")
        let other = try await train("marked.png", "o.json", "--run-dir", scratch("run"))
        #expect(other.status == 65 && other.errors.contains("ignore-label"), "\(other.errors)")
    }

    @Test func `numbers below 0 are unlabelled, with or without saying so`() async throws {
        var image = HandmadeTIFF.Image(Self.side, Self.side, seed: 0)
        (image.bytesPerSample, image.sampleFormat) = (2, 2)
        let values = labels.labels.enumerated().map { place, label in label == 0 && place % 2 == 0 ? -1 : Int16(label) }
        image.bytes = values.withUnsafeBytes(Array.init)
        try Data(HandmadeTIFF.file([image])).write(to: URL(fileURLWithPath: scratch("signed.tif")))
        for (output, arguments) in [("n.json", []), ("i.json", ["--ignore-label", "-1"])] {
            let outcome = try await Program.coppice(
                ["train", scratch("image.png"), scratch(output == "n.json" ? "scribbles.png" : "signed.tif"), "--output"]
                    + [scratch(output), "--trees", "5", "--sigma-max", "2", "--local", "1", "--quiet"] + arguments)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        #expect(try await train("signed.tif", "s.json").status == 0)
        #expect(try scratch.bytes("n.json") == scratch.bytes("s.json"))
        #expect(try scratch.bytes("n.json") == scratch.bytes("i.json"))
    }

    @Test func `an ignored label is no truth, but a wrong prediction`() async throws {
        var (truth, predicted) = (labels, labels)
        for place in truth.labels.indices { truth.labels[place] = [255, 1, 2, 3][Int(labels.labels[place])] }
        for place in predicted.labels.indices where predicted.labels[place] == 3 { predicted.labels[place] = 255 }
        try truth.write(to: scratch("t.png"))
        try predicted.write(to: scratch("p.png"))
        let all = try await evaluate("p.png", "t.png")
        #expect(all.pixels == Self.side * Self.side)
        let some = try await evaluate("p.png", "t.png", "--ignore-label", "7,255")
        let labelled = labels.labels.filter { $0 != 0 }
        #expect(some.pixels == labelled.count && some.labels == [1, 2, 3, 255])
        #expect(some.accuracy == Double(labelled.count { $0 != 3 }) / Double(labelled.count))
    }

    @Test func `all planes of two stacks are compared`() async throws {
        let (plane, wrong) = (labels.labels, labels.labels.map { $0 % 3 + 1 })
        try stack([plane, plane, plane, plane], to: "truth.tif")
        try stack([plane, wrong, wrong, wrong], to: "found.tif")
        try stack([plane, wrong], to: "two.tif")
        let all = try await evaluate("found.tif", "truth.tif")
        #expect(all.accuracy == 0.25 && all.planes == 4 && all.pixels == 4 * plane.count { $0 > 0 })
        #expect(try await evaluate("found.tif", "truth.tif", "--all-pages") == all)
        let first = try await evaluate("found.tif", "truth.tif", "--page", "0")
        #expect(first.accuracy == 1 && first.planes == 1)
        #expect(try await evaluate("found.tif", "scribbles.png", "--page", "3").accuracy == 0)
        for (truth, count) in [("two.tif", "2 planes"), ("scribbles.png", "1 plane")] {
            let outcome = try await Program.coppice(["evaluate", scratch("found.tif"), scratch(truth)])
            #expect(outcome.status == 65)
            let message = "\(truth): expected 4 planes as in \(scratch("found.tif")), found \(count); --page chooses one"
            #expect(outcome.errors.contains(message), "\(outcome.errors)")
        }
    }

    @Test func `labels with soft edges are one line, and no warnings`() async throws {
        let bytes = (0..<Self.side * Self.side).map { place -> UInt8 in
            let distance = abs(place % Self.side * 7 + place / Self.side * 3 - 400)
            return distance < 100 ? 200 : distance < 140 ? UInt8(200 - (distance - 99) * 4) : 0
        }
        try PixelBuffer(width: Self.side, height: Self.side, channels: 1, sampleType: .uint8, bytes: bytes)
            .write(to: scratch("soft.png"))
        let outcome = try await train("soft.png", "m.json")
        #expect(outcome.status == 65 && outcome.errors.contains("it looks anti-aliased"), "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    }
}
