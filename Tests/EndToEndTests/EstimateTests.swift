import Foundation
@testable import Imaging
@testable import Protocol
import Testing

@testable import Coordinator

/// The accuracy that training says is to be expected.
struct EstimateTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 200, pixelsPerClass: 500)
    }

    private func train(_ model: String, _ arguments: String...) async throws -> Program.Outcome {
        try await Program.coppice(
            [
                "train", scratch("image.png"), scratch("scribbles.png"), "--output", scratch(model), "--trees", "10",
                "--sigma-max", "4",
            ]
                + arguments)
    }

    private func report(_ name: String) throws -> RunReport {
        try JSONDecoder().decode(RunReport.self, from: scratch.bytes(name))
    }

    @Test func `training says first what leaving out strokes gives, and the model's bytes do not change`() async throws {
        let with = try await train("a.json", "--local", "1", "--report", scratch("a-report.json"))
        #expect(with.status == 0, "\(with.errors)")
        let lines = with.output.split(separator: "\n").map(String.init)
        let estimated = try #require(lines.firstIndex { $0.hasPrefix("estimate ") && $0.contains("leaving out strokes") })
        let outOfBag = try #require(lines.firstIndex { $0.contains("out of bag") })
        #expect(estimated < outOfBag && lines[estimated + 1].hasPrefix("IoU       mean "))
        let without = try await train("b.json", "--local", "2", "--folds", "0", "--report", scratch("b-report.json"))
        #expect(without.status == 0 && !without.output.contains("leaving out"))
        #expect(try scratch.bytes("a.json") == scratch.bytes("b.json"))
        #expect(try report("b-report.json").estimate == nil)
        let estimate = try #require(try report("a-report.json").estimate)
        #expect(estimate.unit == .strokes && estimate.folds == 4 && estimate.treesPerFold == 10)
        #expect(estimate.classes.map(\.label) == [1, 2, 3] && estimate.classes.allSatisfy { $0.samples > 0 })
        let again = try await train("c.json", "--local", "2", "--quiet", "--report", scratch("c-report.json"))
        #expect(again.status == 0)
        #expect(try report("c-report.json").estimate == estimate, "workers change nothing")
    }

    @Test func `the estimate is nearer to the truth than out-of-bag accuracy`() async throws {
        #expect(try await train("m.json", "--trees", "30", "--report", scratch("r.json")).status == 0)
        let segmented = try await Program.coppice([
            "segment", scratch("image.png"), "--model", scratch("m.json"), "--output", scratch("l.png"), "--quiet",
        ])
        #expect(segmented.status == 0)
        let truth = try Run.evaluate(
            EvaluationRequest([
                .init(predicted: ImageInput(path: scratch("l.png")), truth: ImageInput(path: scratch("truth.png")))
            ]))
        let report = try report("r.json")
        let (accuracy, estimated) = (try #require(truth.accuracy), try #require(report.estimate?.accuracy))
        let outOfBag = try #require(report.results["outOfBagAccuracy"])
        #expect(abs(estimated - accuracy) < abs(outOfBag - accuracy), "\(accuracy): \(estimated), out of bag \(outOfBag)")
    }

    @Test func `inspect shows the estimate of the model's own report only`() async throws {
        #expect(try await train("m.json", "--report", scratch("r.json")).status == 0)
        #expect(try await train("n.json", "--seed", "5", "--folds", "0", "--report", scratch("s.json")).status == 0)
        let shown = try await Program.coppice(["inspect", scratch("m.json"), "--report", scratch("r.json")])
        #expect(shown.status == 0 && shown.output.contains("leaving out strokes"), "\(shown.errors)")
        let other = try await Program.coppice(["inspect", scratch("n.json"), "--report", scratch("r.json")])
        #expect(other.status == 65 && other.errors.contains("expected the report of the model"))
        let none = try await Program.coppice(["inspect", scratch("n.json"), "--report", scratch("s.json")])
        #expect(none.status == 65 && none.errors.contains("--folds"))
    }

    @Test func `a run that goes on keeps its estimate`() async throws {
        let kept = ["--run-dir", scratch("run"), "--report", scratch("r.json")]
        #expect(try await train("m.json", kept[0], kept[1], kept[2], kept[3]).status == 0)
        let first = try #require(try report("r.json").estimate)
        let again = try await train("m.json", kept[0], kept[1], kept[2], kept[3], "--resume")
        #expect(again.status == 0, "\(again.errors)")
        #expect(try report("r.json").estimate == first)
    }

    @Test(arguments: ["--folds=1", "--folds=65", "--folds=-2"])
    func `folds that cannot be are refused`(_ argument: String) async throws {
        let outcome = try await train("m.json", argument)
        #expect(outcome.status == 64 && outcome.errors.contains("--folds: expected 0, or 2 to 64"), "\(outcome.errors)")
    }
}
