@testable import AnnotationFormats
@testable import Annotations
import Foundation
@testable import Forest
@testable import Formats
@testable import Imaging
@testable import Jobs
@testable import Primitives
@testable import Protocol
internal import Synchronization
import Testing

@testable import Coordinator

/// Training while somebody paints.
@Suite(.timeLimit(.minutes(5))) struct LiveTests {
    private let scratch: Scratch
    private let image: LiveImage

    init() async throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 600)
        let input = ImageInput(path: scratch("image.png"))
        image = LiveImage(key: "image", input: input, pixels: input)
    }

    /// Strokes of three classes, about so many pixels wide.
    private func shapes(_ count: Int, width: Double) -> [LiveShape] {
        var random = SplitMix64(seed: 3)
        return (0..<count).map { number in
            let points = (0..<3).map { _ in
                AnnotationPoint(x: Double(random.next() % 600), y: Double(random.next() % 600))
            }
            let stroke = AnnotationShape.stroke(AnnotationPath(through: points), width: width)
            return LiveShape(id: "\(number)", annotation: Annotation(stroke, classNumber: 1 + number % 3))
        }
    }

    private func labels(_ shapes: [LiveShape], sequence: Int) throws -> LiveLabels {
        LiveLabels(
            sequence: sequence, planes: [LivePlane(image: image, shapes: shapes)], names: [1: "cell", 2: "edge", 3: "rest"],
            colours: [:], features: FeatureRequest(sigmaMax: 4), forest: try ForestParameters(trees: 30, seed: 5))
    }

    /// Writes shapes as the file that `coppice train` reads.
    private func write(_ labels: LiveLabels) throws -> String {
        let document = AnnotationDocument(
            classes: labels.names.sorted { $0.key < $1.key }.map { AnnotationClass(number: $0.key, name: $0.value) },
            annotations: labels.planes[0].shapes.map(\.annotation))
        let path = scratch("strokes.annotations.json")
        let bytes = try #require(try CoppiceAnnotations.write(document, AnnotationWriting()))
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func commandLineModel(_ labels: LiveLabels) async throws -> Data {
        let outcome = try await Program.coppice([
            "train", scratch("image.png"), try write(labels), "--trees", "30", "--seed", "5", "--sigma-max", "4", "--output",
            scratch("model.json"), "--quiet", "--folds", "0",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try Data(contentsOf: URL(fileURLWithPath: scratch("model.json")))
    }

    private struct NoLevels: LivePixels {
        func size(of image: LiveImage, level: Int) throws -> (width: Int, height: Int) { (300, 300) }

        func window(_ rect: PixelRect, of image: LiveImage, level: Int) throws -> PixelBuffer {
            // Every second pixel.
            let whole = try ImageFile.readAll(path: image.pixels.path)
            let full = PixelRect(x: rect.x * 2, y: rect.y * 2, width: rect.width * 2, height: rect.height * 2)
            let wide = whole.cropped(to: full)
            var bytes: [UInt8] = []
            let size = wide.channels * wide.sampleType.byteCount
            for row in 0..<rect.height {
                for column in 0..<rect.width {
                    let first = (row * 2 * wide.width + column * 2) * size
                    bytes += wide.bytes[first..<first + size]
                }
            }
            return PixelBuffer(
                width: rect.width, height: rect.height, channels: wide.channels, sampleType: wide.sampleType, bytes: bytes)
        }
    }

    /// Has a session see labels, and a view, and gives all that it tells until `isEnough`.
    private func events(
        of steps: [LiveLabels], _ view: LiveView, until isEnough: @escaping @Sendable ([LiveEvent]) -> Bool
    ) async throws -> [LiveEvent] {
        let seen = Lock<[LiveEvent]>([])
        let folders = SharedFolders(of: [image.input.path])
        let workers = try LocalWorkers(count: 2, sharing: folders, logLevel: "warning")
        let current = Lock(steps[0])
        let path = try write(steps[steps.count - 1])
        let image = image
        try await WorkerPool.serve(workers, log: { _ in }) { pool in
            let session = LiveSession(
                .init(
                    pool: pool, folders: folders, pixels: NoLevels(), labels: { current.withLock { $0 } },
                    request: { labels in
                        var request = TrainingRequest(
                            .images([TrainingPair(image: image.input, labels: ImageInput(path: path))], labels.features),
                            forest: labels.forest)
                        request.folds = 4
                        return request
                    }))
            let events = await session.events(for: "client")
            try? await session.setView(view, of: "client", tab: "tab")
            for labels in steps {
                current.withLock { $0 = labels }
                await session.labelsChanged(to: labels.sequence)
            }
            for await event in events {
                let now = seen.withLock { seen in
                    seen.append(event)
                    return seen
                }
                if isEnough(now) { break }
            }
            await session.end()
        }
        return seen.withLock { $0 }
    }

    private var wholeView: LiveView {
        LiveView(
            image: image, rect: PixelRect(x: 0, y: 0, width: 600, height: 600), level: 0, focus: [550, 50], serial: 7)
    }

    private func completions(_ events: [LiveEvent]) -> [(revision: Int, share: Double)] {
        events.compactMap { event in
            guard case .viewComplete(_, let serial, let revision, _, _, let share) = event else { return nil }
            #expect(serial == 7)
            return (revision, share)
        }
    }

    @Test func `the overlay of few strokes is that of the command line, byte for byte`() async throws {
        let labels = try labels(shapes(6, width: 2), sequence: 6)
        let events = try await events(of: [labels], wholeView) { events in
            completions(events).contains { $0.share == 1 }
        }
        let model = try await commandLineModel(labels)
        let outcome = try await Program.coppice([
            "segment", scratch("image.png"), "--model", scratch("model.json"), "--output", scratch("labels.png"), "--quiet",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let reader = try ImageFile.openLabels(path: scratch("labels.png"))
        var whole = [UInt16](repeating: 0, count: 600 * 600)
        try whole.withUnsafeMutableBufferPointer { try reader.read(600, into: $0) }
        let exact = events.compactMap { event -> LiveTile? in
            if case .tile(let tile, _) = event, tile.exactness == .exact { tile } else { nil }
        }
        #expect(exact.count == 9)
        #expect(exact[0].column == 2 && exact[0].row == 0, "the tile nearest to the focus comes first")
        for tile in exact {
            let expected = (0..<tile.height).flatMap { row in
                let first = (tile.row * 256 + row) * 600 + tile.column * 256
                return whole[first..<first + tile.width].map { UInt8($0) }
            }
            #expect(tile.maps[.labels] == expected, "column \(tile.column), row \(tile.row)")
        }
        _ = model
    }

    @Test func `a live forest of few strokes is the model of the command line`() async throws {
        let labels = try labels(shapes(6, width: 2), sequence: 6)
        let expected = try await commandLineModel(labels)
        let folders = SharedFolders(of: [image.input.path])
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

    @Test func `of many labelled pixels some are learned from, and at rest all`() async throws {
        let labels = try labels(shapes(12, width: 40), sequence: 12)
        let events = try await events(of: [labels], wholeView) { events in
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
        let all = shapes(12, width: 3)
        let steps = try (2...12).map { try labels(Array(all.prefix($0)), sequence: $0) }
        let events = try await events(of: steps, wholeView) { events in
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

    @Test func `an earlier forest is shown again until the next training`() async throws {
        let labels = try labels(shapes(6, width: 2), sequence: 6)
        let bytes = try await commandLineModel(labels)
        let file = ModelFile(model: try SegmentationModel(decoding: bytes), bytes: bytes, hash: ContentHash(of: bytes))
        let folders = SharedFolders(of: [image.input.path])
        let workers = try LocalWorkers(count: 1, sharing: folders, logLevel: "warning")
        let view = wholeView
        let states = Lock<[LiveState]>([])
        let exactnesses = Lock<Set<LiveExactness>>([])
        try await WorkerPool.serve(workers, log: { _ in }) { pool in
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

    @Test func `one class is said in words, and painting a second one mends it`() async throws {
        let one = LiveShape(
            id: "0", annotation: Annotation(.rectangle(x: 10, y: 10, width: 30, height: 30), classNumber: 1))
        let events = try await events(of: [try labels([one], sequence: 1)], wholeView) { events in
            events.contains { if case .state(let state) = $0 { state.message != nil && !state.isTraining } else { false } }
        }
        let messages = events.compactMap { event -> String? in
            if case .state(let state) = event { state.message } else { nil }
        }
        #expect(messages.last == "the strokes: expected labels of 2 to 255 classes, found only the label 1; paint a second class")
    }

    @Test func `a far view gets tiles of a smaller picture, marked as a preview`() async throws {
        var view = wholeView
        view.rect = PixelRect(x: 0, y: 0, width: 20_000, height: 20_000)
        view.level = 1
        let events = try await events(of: [try labels(shapes(9, width: 6), sequence: 9)], view) { events in
            !completions(events).isEmpty
        }
        let tiles = events.compactMap { event -> LiveTile? in if case .tile(let tile, _) = event { tile } else { nil } }
        #expect(tiles.allSatisfy { $0.exactness == .preview && $0.level == 1 })
        #expect(Set(tiles.map { [$0.column, $0.row] }) == [[0, 0], [1, 0], [0, 1], [1, 1]])
        let labels = Set(tiles.flatMap { $0.maps[.labels] ?? [] })
        #expect(labels.isSubset(of: [1, 2, 3]) && labels.count > 1)
    }

    /// Every second pixel each way of a map: what most of two by two pixels are, of two that are as many the lower.
    private func halved(_ map: [UInt16], side: Int) -> [UInt8] {
        (0..<side / 2 * (side / 2)).map { place in
            let (x, y) = (place % (side / 2) * 2, place / (side / 2) * 2)
            let four = [map[y * side + x], map[y * side + x + 1], map[(y + 1) * side + x], map[(y + 1) * side + x + 1]]
            let counts = four.map { one in (one, four.count { $0 == one }) }
            return UInt8(counts.min { ($1.1, $0.0) < ($0.1, $1.0) }?.0 ?? 0)
        }
    }

    @Test func `at rest exact tiles take the place of previews, reduced from those of the command line`() async throws {
        var view = wholeView
        view.rect = PixelRect(x: 0, y: 0, width: 20_000, height: 20_000)
        view.level = 1
        let all = shapes(9, width: 6)
        let steps = try [3, 6, 9].map { try labels(Array(all.prefix($0)), sequence: $0) }
        let events = try await events(of: steps, view) { events in completions(events).contains { $0.share == 1 } }
        _ = try await commandLineModel(steps[2])
        let outcome = try await Program.coppice([
            "segment", scratch("image.png"), "--model", scratch("model.json"), "--output", scratch("labels.png"), "--quiet",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let reader = try ImageFile.openLabels(path: scratch("labels.png"))
        var whole = [UInt16](repeating: 0, count: 600 * 600)
        try whole.withUnsafeMutableBufferPointer { try reader.read(600, into: $0) }
        let reduced = halved(whole, side: 600)
        var shown: LiveState.Model?
        var share = -1.0
        var exact: [LiveTile] = []
        for event in events {
            switch event {
            case .state(let state): shown = state.model
            case .viewComplete(_, _, _, _, _, let newShare): share = newShare
            case .tile(let tile, _) where tile.exactness == .exact:
                #expect(tile.level == 1 && share == 0, "previews come first")
                #expect(shown?.isExact == true && shown?.revision == tile.revision && shown?.labelSequence == 9)
                exact.append(tile)
            case .tile, .report, .score, .trouble: break
            }
        }
        #expect(Set(exact.map { [$0.column, $0.row] }).count == 4 && exact.count == 4)
        #expect(exact.first.map { [$0.column, $0.row] } == [1, 0], "the tile nearest to the focus comes first")
        for tile in exact {
            let expected = (0..<tile.height).flatMap { row in
                let first = (tile.row * 256 + row) * 300 + tile.column * 256
                return Array(reduced[first..<first + tile.width])
            }
            #expect(tile.maps[.labels] == expected, "column \(tile.column), row \(tile.row)")
        }
    }

    /// Has a session on one worker do what `body` says; without labels no training comes to an end.
    private func withSession(_ labels: LiveLabels?, _ body: @escaping @Sendable (LiveSession) async -> Void) async throws {
        let folders = SharedFolders(of: [image.input.path])
        let workers = try LocalWorkers(count: 1, sharing: folders, logLevel: "warning")
        try await WorkerPool.serve(workers, log: { _ in }) { pool in
            let session = LiveSession(
                .init(
                    pool: pool, folders: folders, pixels: NoLevels(),
                    labels: {
                        guard let labels else { throw CancellationError() }
                        return labels
                    },
                    request: { _ in throw CancellationError() }))
            await body(session)
            await session.end()
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a doubtful place is told once the view is complete, whatever time is given`() async throws {
        let labels = try labels(shapes(6, width: 2), sequence: 6)
        let view = wholeView
        let found = Lock<(x: Int, y: Int, uncertainty: Double)?>(nil)
        try await withSession(labels) { session in
            try? await session.setView(view, of: "client", tab: "tab")
            await session.labelsChanged(to: 6)
            let place = await session.doubtfulPlace(0, in: view.image, within: .seconds(86_400))
            found.withLock { $0 = place }
        }
        let place = try #require(found.withLock { $0 })
        #expect((0..<600).contains(place.x) && (0..<600).contains(place.y) && place.uncertainty > 0)
    }

    @Test(.timeLimit(.minutes(5))) func `who waits for a doubtful place waits for no view that is gone`() async throws {
        let view = wholeView
        let isKnown = Lock(true)
        try await withSession(nil) { session in
            try? await session.setView(view, of: "client", tab: "tab")
            async let place = session.doubtfulPlace(0, in: view.image, within: .seconds(86_400))
            await session.removeView(of: "client", tab: "tab")
            let found = await place
            isKnown.withLock { $0 = found != nil }
        }
        #expect(!isKnown.withLock { $0 }, "no forest was ever there")
    }

    @Test func `a far view of an earlier model is what its preview was`() async throws {
        var view = wholeView
        view.rect = PixelRect(x: 0, y: 0, width: 20_000, height: 20_000)
        view.level = 1
        let (image, far) = (image, view)
        let labels = try labels(shapes(6, width: 4), sequence: 6)
        let events = try await events(of: [labels], far) { events in
            guard case .state(let state)? = events.last(where: { if case .state = $0 { true } else { false } }) else {
                return false
            }
            return state.model?.trees == 30 && completions(events).contains { $0.revision == state.model?.revision }
        }
        var previews: [[Int]: [UInt8]] = [:]
        for case .tile(let tile, _) in events where tile.exactness == .preview {
            previews[[tile.column, tile.row]] = tile.maps[.labels]
        }
        let folders = SharedFolders(of: [image.input.path])
        let workers = try LocalWorkers(count: 1, sharing: folders, logLevel: "warning")
        let earlier = EarlierPreviews(NoLevels())
        let found = Lock<[LiveTile]>([])
        let trainings = Lock(0)
        try await WorkerPool.serve(workers, log: { _ in }) { pool in
            for _ in 0..<2 {
                let count = try? await earlier.show(
                    far, ofModel: 41, on: pool, sharing: folders,
                    labels: {
                        trainings.withLock { $0 += 1 }
                        return labels
                    }, deliver: { tile in found.withLock { $0.append(tile) } })
                #expect(count == 4)
            }
        }
        let tiles = found.withLock { $0 }
        #expect(tiles.count == 8 && tiles.allSatisfy { $0.exactness == .preview && $0.level == 1 && $0.revision == 41 })
        for tile in tiles { #expect(tile.maps[.labels] == previews[[tile.column, tile.row]], "\(tile.column), \(tile.row)") }
        #expect(trainings.withLock { $0 } == 1, "who moves the view does not train again")
    }

    @Test func `what is set aside is compared with the forest of the command line`() async throws {
        let labels = try labels(shapes(6, width: 2), sequence: 6)
        let image = image
        // Of a class that nothing else has, too.
        let aside = [(1, 20.0, 30.0), (2, 250.0, 240.0), (3, 500.0, 510.0), (9, 300.0, 20.0)].enumerated().map { number, one in
            LiveShape(
                id: "aside \(number)",
                annotation: Annotation(.rectangle(x: one.1, y: one.2, width: 40, height: 30), classNumber: one.0))
        }
        let scores = Lock<[LiveScore]>([])
        let folders = SharedFolders(of: [image.input.path])
        let workers = try LocalWorkers(count: 1, sharing: folders, logLevel: "warning")
        try await WorkerPool.serve(workers, log: { _ in }) { pool in
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
        _ = try await commandLineModel(labels)
        let outcome = try await Program.coppice([
            "segment", scratch("image.png"), "--model", scratch("model.json"), "--output", scratch("labels.png"), "--quiet",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let reader = try ImageFile.openLabels(path: scratch("labels.png"))
        var whole = [UInt16](repeating: 0, count: 600 * 600)
        try whole.withUnsafeMutableBufferPointer { try reader.read(600, into: $0) }
        let truth = try AnnotationLabels(AnnotationDocument(annotations: aside.map(\.annotation)), width: 600, height: 600)
            .labels(in: PixelRect(x: 0, y: 0, width: 600, height: 600))
        var expected = LabelComparison()
        expected.add(predicted: whole, truth: truth.labels)
        #expect(score.comparison == expected && expected.pixels == 4 * 40 * 30)
        #expect(score.labelSequence == 6 && score.tiles == score.tilesTotal)
        #expect(score.comparison.labels.contains(9), "a class that the forest does not know is never found")
    }
}
