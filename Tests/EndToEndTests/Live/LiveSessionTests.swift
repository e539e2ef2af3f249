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
