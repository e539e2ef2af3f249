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

/// What a session tells besides its tiles: earlier forests, doubtful places, and how well it does on what is set aside.
@Suite(.timeLimit(.minutes(5))) struct LiveSessionTests {
    private let scene: LiveScene

    init() throws { scene = try LiveScene() }

    @Test func `an earlier forest is shown again until the next training`() async throws {
        let labels = try scene.labels(scene.shapes(6, width: 2), sequence: 6)
        let bytes = try await scene.commandLineModel(labels)
        let file = ModelFile(model: try SegmentationModel(decoding: bytes), bytes: bytes, hash: ContentHash(of: bytes))
        let view = scene.wholeView
        let states = Lock<[LiveState]>([])
        let exactnesses = Lock<Set<LiveExactness>>([])
        try await scene.withWorkers { pool, folders in
            let session = LiveSession(
                .init(
                    pool: pool, folders: folders, pixels: NoLevels(), labels: { labels },
                    request: { _ in throw CancellationError() }), isLive: false)
            let events = await session.events(for: "client")
            try? await session.setView(view, of: "client", tab: "tab")
            var late = view
            (late.rect, late.serial) = (PixelRect(x: 0, y: 0, width: 10, height: 10), 6)
            try? await session.setView(late, of: "client", tab: "tab")
            await session.restore(file, labelSequence: 4, samples: 10, labelledPixels: 10)
            for await event in events {
                if case .state(let state) = event { states.withLock { $0.append(state) } }
                if case .tile(let tile, _) = event { exactnesses.withLock { _ = $0.insert(tile.exactness) } }
                if case .viewComplete(_, let serial, _, let tiles, _, _) = event {
                    #expect(serial == 7 && tiles == 9, "a view that comes after a later one is passed over")
                    break
                }
            }
            await session.end()
        }
        let model = try #require(states.withLock { $0.last?.model })
        #expect(model.labelSequence == 4 && !model.isExact, "newer strokes are not in it")
        #expect(exactnesses.withLock { $0 } == [.live])
    }

    @Test func `a doubtful place is told once the view is complete, whatever time is given`() async throws {
        let labels = try scene.labels(scene.shapes(6, width: 2), sequence: 6)
        let view = scene.wholeView
        let found = Lock<(x: Int, y: Int, uncertainty: Double)?>(nil)
        try await scene.withSession(labels) { session in
            try? await session.setView(view, of: "client", tab: "tab")
            await session.labelsChanged(to: 6)
            let place = await session.doubtfulPlace(0, in: view.image, within: .seconds(86_400))
            found.withLock { $0 = place }
        }
        let place = try #require(found.withLock { $0 })
        #expect((0..<600).contains(place.x) && (0..<600).contains(place.y) && place.uncertainty > 0)
    }

    @Test func `who waits for a doubtful place waits for no view that is gone`() async throws {
        let view = scene.wholeView
        let isKnown = Lock(true)
        try await scene.withSession(nil) { session in
            try? await session.setView(view, of: "client", tab: "tab")
            async let place = session.doubtfulPlace(0, in: view.image, within: .seconds(86_400))
            await session.removeView(of: "client", tab: "tab")
            let found = await place
            isKnown.withLock { $0 = found != nil }
        }
        #expect(!isKnown.withLock { $0 }, "no forest was ever there")
    }

    /// How many doubtful places are told, in the first tile of the image and beyond it.
    private func counts(_ session: LiveSession) async -> [Int] {
        var (within, beyond) = (0, 0)
        while let place = await session.doubtfulPlace(within + beyond, in: scene.image, within: .seconds(86_400)) {
            if place.x < 256 && place.y < 256 { within += 1 } else { beyond += 1 }
        }
        return [within, beyond]
    }

    /// Waits until all trees of a forest of some labels are shown.
    private func waitForForest(_ sequence: Int, in events: AsyncStream<LiveEvent>) async {
        for await event in events {
            guard case .state(let state) = event, let model = state.model else { continue }
            if model.labelSequence == sequence, model.trees == model.treesTotal { return }
        }
    }

    /// Has a session learn from one step after the other. All of the image is looked at during the first, its first tile alone from then on.
    ///
    /// - Parameter restores: whether the forest of the last step is shown again as an earlier one.
    /// - Returns: what `counts` says after each step, the first not among them, and after that forest is shown again.
    private func counts(after steps: [LiveLabels], restores: Bool = false) async throws -> [[Int]] {
        let current = Lock(steps[0])
        let found = Lock<[[Int]]>([])
        var corner = scene.wholeView
        (corner.rect, corner.focus, corner.serial) = (PixelRect(x: 0, y: 0, width: 100, height: 100), nil, 8)
        let (whole, first) = (scene.wholeView, corner)
        try await scene.withWorkers { pool, folders in
            let session = LiveSession(
                .init(
                    pool: pool, folders: folders, pixels: NoLevels(), labels: { current.withLock { $0 } },
                    request: { _ in throw CancellationError() }))
            let events = await session.events(for: "client")
            try? await session.setView(whole, of: "client", tab: "tab")
            await session.labelsChanged(to: steps[0].sequence)
            await waitForForest(steps[0].sequence, in: events)
            _ = await session.doubtfulPlace(0, in: whole.image, within: .seconds(86_400))
            try? await session.setView(first, of: "client", tab: "tab")
            for labels in steps.dropFirst() {
                current.withLock { $0 = labels }
                await session.labelsChanged(to: labels.sequence)
                await waitForForest(labels.sequence, in: events)
                let counts = await counts(session)
                found.withLock { $0.append(counts) }
            }
            if restores, let model = await session.model {
                await session.restore(model.file, labelSequence: 6, samples: 10, labelledPixels: 10)
                let counts = await counts(session)
                found.withLock { $0.append(counts) }
            }
            await session.end()
        }
        return found.withLock { $0 }
    }

    @Test func `doubtful places beyond the view outlive a training, and no earlier forest`() async throws {
        let shapes = scene.shapes(7, width: 2)
        let steps = try [6, 7].map { try scene.labels(Array(shapes.prefix($0)), sequence: $0) }
        let counts = try await counts(after: steps, restores: true)
        try #require(counts.count == 2)
        #expect(counts[0][0] > 0 && counts[0][1] > 0, "\(counts)")
        #expect(counts[1][0] > 0 && counts[1][1] == 0, "\(counts)")
    }

    @Test func `a new class, or other features, make doubtful places beyond the view unknown`() async throws {
        let shapes = scene.shapes(6, width: 2)
        let patch = LiveShape(
            id: "patch", annotation: Annotation(.rectangle(x: 300, y: 300, width: 20, height: 20), classNumber: 4))
        let few = try scene.labels(shapes, sequence: 6)
        var other = try scene.labels(shapes, sequence: 7)
        other.features = FeatureRequest(sigmaMax: 2)
        let more = try scene.labels(shapes + [patch], sequence: 7)
        for later in [more, other] {
            let counts = try await counts(after: [few, later])
            #expect(counts.count == 1 && counts.allSatisfy { $0[0] > 0 && $0[1] == 0 }, "\(counts)")
        }
    }

    @Test func `what is set aside is compared with the forest of the command line`() async throws {
        let labels = try scene.labels(scene.shapes(6, width: 2), sequence: 6)
        let image = scene.image
        // Of a class that nothing else has, too.
        let aside = [(1, 20.0, 30.0), (2, 250.0, 240.0), (3, 500.0, 510.0), (9, 300.0, 20.0)].enumerated().map { number, one in
            LiveShape(
                id: "aside \(number)",
                annotation: Annotation(.rectangle(x: one.1, y: one.2, width: 40, height: 30), classNumber: one.0))
        }
        let scores = Lock<[LiveScore]>([])
        try await scene.withWorkers { pool, folders in
            let session = LiveSession(
                .init(
                    pool: pool, folders: folders, pixels: NoLevels(), labels: { labels },
                    request: { labels in
                        var request = TrainingRequest(.images([], labels.features), forest: labels.forest)
                        request.folds = 0
                        return request
                    }, validation: { [LivePlane(image: image, shapes: aside)] }))
            let events = await session.events(for: "client")
            await session.labelsChanged(to: 6)
            for await event in events {
                guard case .score(let score) = event else { continue }
                scores.withLock { $0 += [score].compactMap { $0 } }
                break
            }
            await session.end()
        }
        let score = try #require(scores.withLock { $0.first })
        let whole = try await scene.commandLineLabels(labels)
        let truth = try AnnotationLabels(AnnotationDocument(annotations: aside.map(\.annotation)), width: 600, height: 600)
            .labels(in: PixelRect(x: 0, y: 0, width: 600, height: 600))
        var expected = LabelComparison()
        expected.add(predicted: whole, truth: truth.labels)
        #expect(score.comparison == expected && expected.pixels == 4 * 40 * 30)
        #expect(score.labelSequence == 6 && score.tiles == score.tilesTotal)
        #expect(score.comparison.labels.contains(9), "a class that the forest does not know is never found")
    }
}
