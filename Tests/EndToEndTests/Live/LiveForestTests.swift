@testable import Annotations
@testable import Forest
@testable import Formats
import Foundation
@testable import Imaging
@testable import Jobs
@testable import Primitives
@testable import Protocol
internal import Synchronization
import Testing

@testable import Coordinator

/// The forests that are trained while somebody paints.
@Suite(.timeLimit(.minutes(5))) struct LiveForestTests {
    private let scene: LiveScene

    init() throws { scene = try LiveScene() }

    @Test func `a live forest of few strokes is the model of the command line`() async throws {
        let labels = try scene.labels(scene.shapes(6, width: 2), sequence: 6)
        let expected = try await scene.commandLineModel(labels)
        let folders = SharedFolders(of: [scene.image.input.path])
        let workers = try LocalWorkers(count: 1, sharing: folders, logLevel: "warning")
        let trees = Lock<[Int]>([])
        let found = Lock<Data?>(nil)
        try await Run.perform(on: workers, sharing: folders) { run in
            let trainer = LiveTrainer(level: 0, LiveSources(NoLevels()))
            // The second training has the features already.
            for _ in 0..<2 {
                let trained = try await trainer.train(labels, in: run) { early in
                    trees.withLock { $0.append(early.model.forest.trees.count) }
                }
                let bytes = try trained.model.encoded()
                found.withLock { $0 = bytes }
            }
        }
        #expect(trees.withLock { $0 } == [16, 16])
        #expect(found.withLock { $0 } == expected)
    }

    @Test func `a stroke that was told of while it was drawn has its features when it is trained on`() async throws {
        let shapes = scene.shapes(7, width: 3)
        let (former, labels) = (try scene.labels(Array(shapes.dropLast()), sequence: 6), try scene.labels(shapes, sequence: 7))
        let expected = try await scene.commandLineModel(labels)
        let folders = SharedFolders(of: [scene.image.input.path])
        let workers = try LocalWorkers(count: 1, sharing: folders, logLevel: "warning")
        let trainer = LiveTrainer(level: 0, LiveSources(NoLevels()))
        let drawn = shapes[6].annotation
        let found = Lock<(phases: [[String]], model: Data?)>(([], nil))
        try await WorkerPool.serve(workers, log: { _ in }) { pool in
            do {
                for step in 0..<3 {
                    try await Run.perform(on: pool, sharing: folders) { run in
                        switch step {
                        case 0: _ = try await trainer.train(former, in: run) { _ in }
                        case 1: try await trainer.prepare(drawn, on: scene.image, in: run)
                        default:
                            let bytes = try await trainer.train(labels, in: run) { _ in }.model.encoded()
                            found.withLock { $0.model = bytes }
                        }
                        found.withLock { $0.phases.append(run.clock.all.map(\.name)) }
                    }
                }
            } catch {
                Issue.record(error)
            }
        }
        let (phases, model) = found.withLock { $0 }
        #expect(phases[0].contains("features") && !phases[2].contains("features"), "\(phases)")
        #expect(model == expected)
    }

    @Test func `of many labelled pixels some are learned from, and at rest all`() async throws {
        let labels = try scene.labels(scene.shapes(12, width: 40), sequence: 12)
        let events = try await scene.events(of: [labels], scene.wholeView) { events in
            events.contains { if case .report = $0 { true } else { false } }
        }
        let models = events.compactMap { event -> LiveState.Model? in
            if case .state(let state) = event { state.model } else { nil }
        }
        let first = try #require(models.first)
        #expect(first.samples == SampleThresholds.countMax && first.labelledPixels > 60_000 && first.trees == 16)
        let last = try #require(models.last)
        #expect(last.isExact && last.samples == last.labelledPixels && last.labelledPixels == first.labelledPixels)
        guard case .report(let report) = events.last else {
            Issue.record("the last that was told is no report")
            return
        }
        #expect(report.estimate?.accuracy != nil, "strokes were left out")
    }

    @Test func `the newest labels are those of the last forest, whatever came before`() async throws {
        let all = scene.shapes(12, width: 3)
        let steps = try (2...12).map { try scene.labels(Array(all.prefix($0)), sequence: $0) }
        let events = try await scene.events(of: steps, scene.wholeView) { events in
            guard case .state(let state)? = events.last(where: { if case .state = $0 { true } else { false } }) else {
                return false
            }
            return state.model?.labelSequence == 12 && state.model?.isExact == true && !state.isTraining
        }
        let sequences = events.compactMap { event -> Int? in
            if case .state(let state) = event { state.model?.labelSequence } else { nil }
        }
        #expect(sequences == sequences.sorted(), "no older forest takes the place of a newer one")
    }

    @Test func `one class is said in words, and painting a second one mends it`() async throws {
        let one = LiveShape(
            id: "0", annotation: Annotation(.rectangle(x: 10, y: 10, width: 30, height: 30), classNumber: 1))
        let events = try await scene.events(of: [try scene.labels([one], sequence: 1)], scene.wholeView) { events in
            events.contains { if case .state(let state) = $0 { state.message != nil && !state.isTraining } else { false } }
        }
        let messages = events.compactMap { event -> String? in
            if case .state(let state) = event { state.message } else { nil }
        }
        #expect(messages.last == "the strokes: expected labels of 2 to 255 classes, found only the label 1; paint a second class")
    }
}
