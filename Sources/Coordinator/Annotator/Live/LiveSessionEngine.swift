internal import Annotations
internal import Compression
internal import Coordinator
internal import Foundation
internal import HTTPTypes
internal import Imaging
internal import Jobs
internal import Primitives
internal import Projects
internal import Protocol
internal import Synchronization

/// The coordinator's live session, in the words of the page.
///
/// The session counts its models from 1 at each start; those of a project are counted on. Models that are exact are kept in the project.
///
/// Safe to use from any task.
final class LiveSessionEngine: LiveEngine {
    private struct Known {
        var estimate: AccuracyEstimate?
        /// Of what is set aside.
        var score: LiveScore?
        /// Files of the last models, by the session's numbers.
        var files: [Int: Data] = [:]
        /// The operations that they were trained after.
        var sequences: [Int: Int] = [:]
        /// The earlier model that was shown again last: the session's number of what is shown, and what was kept.
        var restored: (number: Int, record: ModelRecord)?
        /// By the keys of their streams.
        var listeners: [String: AsyncStream<LiveSignal>.Continuation] = [:]
    }

    private let session: LiveSession
    private let project: LiveProject
    private let pool: WorkerPool
    private let sharing: SharedFolders
    /// Is added to the session's numbers of models.
    private let firstRevision: Int
    private let known = Lock(Known())
    private let compared: ComparedViews
    /// Folds of the estimates that are asked for.
    private let estimates = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))

    /// Models whose files can still be asked for.
    private static let filesMax = 8
    /// Models without a name that a project keeps.
    private static let keptMax = 20
    /// The listener that keeps models.
    private static let ownName = "annotator"

    /// - Throws: an error of the project's database.
    init(_ project: LiveProject, on pool: WorkerPool, sharing: SharedFolders) throws {
        (self.project, self.pool, self.sharing) = (project, pool, sharing)
        let pixels = TiledPixels(project.images.service)
        compared = ComparedViews(on: pool, sharing: sharing, pixels)
        firstRevision = try project.store.models().last?.revision ?? 0
        let surroundings = LiveSession.Surroundings(
            pool: pool, folders: sharing, pixels: pixels,
            labels: { try await project.labels() }, request: { try await project.request($0) },
            validation: { try await project.validation() })
        session = LiveSession(surroundings, sequence: project.store.state.labelSequence)
    }

    func run() async {
        // Labels of an earlier day are learned from at once.
        if !project.store.state.labelledPlanes().isEmpty { await session.update() }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.listen() }
            group.addTask {
                for await folds in self.estimates.stream { await self.makeEstimate(folds: folds) }
            }
        }
    }

    private func listen() async {
        let events = await session.events(for: Self.ownName)
        await withTaskCancellationHandler {
            for await event in events {
                switch event {
                case .state(let state): await take(state)
                case .report(let report): known.withLock { $0.estimate = report.estimate }
                case .score(let score): known.withLock { $0.score = score }
                case .tile, .viewComplete, .trouble: break
                }
            }
        } onCancel: {
            // Ends the loop above, and what the session is at.
            Task { await session.end() }
        }
    }

    /// Holds the file of a model, and keeps one that is exact.
    private func take(_ state: LiveState) async {
        guard let model = await session.model, model.revision == state.model?.revision else { return }
        let isNew = known.withLock { known in
            guard known.files[model.revision] == nil else { return false }
            known.files[model.revision] = model.file.bytes
            known.sequences[model.revision] = model.labelSequence
            if known.files.count > Self.filesMax, let oldest = known.files.keys.min() {
                known.files[oldest] = nil
                known.sequences[oldest] = nil
            }
            return true
        }
        guard isNew, model.isExact else { return }
        let record = ModelRecord(
            revision: firstRevision + model.revision, labelSequence: model.labelSequence, time: Date().ISO8601Format(),
            trees: model.trees, samples: model.samples, labelledPixels: model.labelledPixels, isExact: true,
            seconds: model.seconds)
        let store = project.store
        // A model that cannot be kept is trained again; the next stroke says what is wrong with the disk.
        try? await offloaded {
            try store.keep(model: record, model.file.bytes)
            try store.forgetModels(keeping: Self.keptMax)
        }
    }

    // MARK: Training

    func labelsChanged(to sequence: Int) async { await session.labelsChanged(to: sequence) }

    func set(isLive: Bool) async { await session.set(isLive: isLive) }

    func update() async { await session.update() }

    var isLive: Bool {
        get async { await session.isLive }
    }

    // MARK: Views

    func setView(_ view: ViewDocument, of stream: String, tab: String) async throws {
        let image = try await project.plane(of: view.image, z: view.z, t: view.t)
        let entry = try project.images.entry(view.image)
        let rect = PixelRect(x: 0, y: 0, width: entry.width, height: entry.height).intersection(view.pixels)
        let place = ComparedViews.Place(stream: stream, tab: tab)
        compared.remove(place)
        guard let rect else { return await session.removeView(of: stream, tab: tab) }
        let maps = Set(view.kinds.compactMap(MapKind.init(rawValue:)))
        let live = LiveView(
            image: image, rect: rect, level: view.level, maps: maps.union([.labels]),
            focus: view.focus.map { $0.map { Int($0) } }, serial: view.serial)
        if let revision = view.model {
            await session.removeView(of: stream, tab: tab)
            let bytes = try await model(revision: revision) ?? project.store.model(revision: revision)
            let file = try await offloaded {
                ModelFile(model: try SegmentationModel(decoding: bytes), bytes: bytes, hash: ContentHash(of: bytes))
            }
            guard let sequence = try labelSequence(ofModel: revision) else {
                throw Refusal.unknown("model", "\(revision)")
            }
            let own = ComparedViews.View(
                document: view, live: live, model: file, revision: revision,
                labels: { [project] in try await project.labels(at: sequence) })
            return compared.show(own, at: place) { [self] signal in
                _ = known.withLock { $0.listeners[stream] }?.yield(signal)
            }
        }
        try await session.setView(live, of: stream, tab: tab)
        if let drawing = view.drawing { await session.prepare(drawing.annotation, of: stream, tab: tab) }
    }

    /// The operation that a model was trained after; nil for one that nobody knows.
    private func labelSequence(ofModel revision: Int) throws -> Int? {
        if let known = known.withLock({ $0.sequences[revision - firstRevision] }) { return known }
        return try project.store.models().first { $0.revision == revision }?.labelSequence
    }

    func removeView(of stream: String, tab: String) async {
        compared.remove(ComparedViews.Place(stream: stream, tab: tab))
        await session.removeView(of: stream, tab: tab)
    }

    func removeStream(_ stream: String) async {
        compared.remove(stream: stream)
        known.withLock { $0.listeners.removeValue(forKey: stream) }?.finish()
        await session.removeClient(stream)
    }

    func signals(for stream: String) async -> AsyncStream<LiveSignal> {
        let events = await session.events(for: stream)
        return AsyncStream { continuation in
            // Ends with the session's events, or with the stream.
            let task = Task {
                for await event in events {
                    for signal in await signals(of: event) { continuation.yield(signal) }
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
            known.withLock { $0.listeners[stream] = continuation }
        }
    }

    private func signals(of event: LiveEvent) async -> [LiveSignal] {
        switch event {
        case .state(let state): return [.state(document(of: state))]
        case .tile(let tile, let tab): return LiveSignal.tiles(tile, tab: tab, revision: firstRevision + tile.revision)
        case .viewComplete(let tab, let serial, let revision, let tiles, let seconds, let exactShare):
            return [
                .viewComplete(
                    ViewCompleteDocument(
                        tab: tab, serial: serial, revision: firstRevision + revision, isComplete: true, tiles: tiles,
                        seconds: seconds, share: exactShare))
            ]
        case .report(let report):
            known.withLock { $0.estimate = report.estimate }
            return await self.report().map { [.report($0)] } ?? []
        case .score(let score):
            known.withLock { $0.score = score }
            return await self.report().map { [.report($0)] } ?? []
        case .trouble(let message): return [.trouble(message)]
        }
    }

    private func document(of state: LiveState) -> StateDocument {
        let model = state.model.map { model in
            StateDocument.Model(
                revision: firstRevision + model.revision, labelSequence: model.labelSequence, trees: model.trees,
                treesTotal: model.treesTotal, samples: model.samples, labelledPixels: model.labelledPixels,
                isExact: model.isExact, seconds: model.seconds)
        }
        let newer = project.store.operations(after: state.model?.labelSequence ?? 0, limit: 1000)
        let stale = newer.count { operation in
            switch operation.action {
            case .addShape, .eraseShape, .replaceShapes, .undo, .redo: true
            default: false
            }
        }
        return StateDocument(
            labelSequence: state.labelSequence, model: model, isTraining: state.isTraining, isLive: state.isLive,
            stale: state.labelSequence > (state.model?.labelSequence ?? 0) ? stale : 0, message: state.message)
    }

    // MARK: What is known

    func report() async -> ReportDocument? {
        guard let model = await session.model else { return nil }
        let training = model.file.model.training
        let labels = model.file.model.classes.map(\.label)
        let importances = zip(model.file.model.input.names, training.importances).map {
            ReportDocument.Importance(name: $0, value: $1)
        }
        var report = ReportDocument(
            model: StateDocument.Model(
                revision: firstRevision + model.revision, labelSequence: model.labelSequence, trees: model.trees,
                treesTotal: model.treesTotal, samples: model.samples, labelledPixels: model.labelledPixels,
                isExact: model.isExact, seconds: model.seconds),
            labelled: Dictionary(uniqueKeysWithValues: model.countOfLabel.map { ("\($0.key)", $0.value) }),
            sampled: model.samples, importances: importances.sorted { ($1.value, $0.name) < ($0.value, $1.name) })
        report.outOfBag = .init(
            accuracy: training.outOfBag.accuracy, confusion: .init(classes: labels, counts: training.outOfBag.confusion))
        if let estimate = known.withLock({ $0.estimate }) {
            report.estimate = .init(
                accuracy: estimate.accuracy, meanIntersectionOverUnion: estimate.meanIntersectionOverUnion,
                confusion: .init(classes: estimate.classes.map(\.label), counts: estimate.confusion), folds: estimate.folds)
        }
        if let score = known.withLock({ $0.score }) { report.setAside = .init(score, revision: firstRevision + score.revision) }
        return report
    }

    func estimate(folds: Int?) async { estimates.continuation.yield(folds ?? TrainingRequest.foldsUsual) }

    private func makeEstimate(folds: Int) async {
        do {
            try await session.rescore()
            let labels = try await project.labels()
            guard !labels.planes.isEmpty else {
                return tell(.trouble("there is nothing to estimate yet: paint two classes first"))
            }
            var request = try await project.request(labels)
            request.folds = folds
            try await Run.perform(on: pool, sharing: sharing) { [request, self] run in
                _ = try await run.train(request)
                let estimate = run.record.estimate
                known.withLock { $0.estimate = estimate }
            }
            if let report = await report() { tell(.report(report)) }
        } catch {
            if !Task.isCancelled { tell(.trouble(CoordinatorError(classifying: error).description)) }
        }
    }

    /// Tells every stream.
    private func tell(_ signal: LiveSignal) {
        for listener in known.withLock({ Array($0.listeners.values) }) { listener.yield(signal) }
    }

    func uncertainPlace(_ number: Int, image: String, z: Int, t: Int) async -> PlaceDocument? {
        guard let plane = try? await project.plane(of: image, z: z, t: t),
            let place = await session.doubtfulPlace(number, in: plane)
        else { return nil }
        return PlaceDocument(x: Double(place.x), y: Double(place.y), uncertainty: place.uncertainty)
    }

    // MARK: Models

    func finalModel() async throws -> LiveModelFile {
        let sequence = project.store.state.labelSequence
        if let model = await session.model, model.isRestored || model.isExact && model.labelSequence >= sequence {
            // A model that is shown again is named as it was when it was kept: its new number is of this session alone.
            let restored = known.withLock { $0.restored }
            let record = restored.flatMap { $0.number == model.revision ? $0.record : nil }
            let revision = record?.revision ?? firstRevision + model.revision
            let kept = try record ?? project.store.models().first { $0.revision == revision }
            return LiveModelFile(revision: revision, time: kept?.time ?? Date().ISO8601Format(), bytes: model.file.bytes)
        }
        let labels = try await project.labels()
        guard !labels.planes.isEmpty else {
            throw CoordinatorError(.badInput, "there is nothing to learn from yet: paint two classes first")
        }
        var request = try await project.request(labels)
        request.folds = 0
        let bytes = Lock<Data?>(nil)
        try await Run.perform(on: pool, sharing: sharing) { [request] run in
            let model = try await run.train(request)
            let encoded = try await offloaded { try model.encoded() }
            bytes.withLock { $0 = encoded }
        }
        guard let bytes = bytes.withLock({ $0 }) else { preconditionFailure("a training ended without a model") }
        return LiveModelFile(revision: nil, time: Date().ISO8601Format(), bytes: bytes)
    }

    func model(revision: Int) async -> Data? { known.withLock { $0.files[revision - firstRevision] } }

    func restore(revision: Int) async throws {
        let store = project.store
        guard let record = try store.models().first(where: { $0.revision == revision }) else {
            throw CoordinatorError(.usage, "model \(revision): expected one that the project keeps")
        }
        let file = try await offloaded {
            let bytes = try store.model(revision: revision)
            return ModelFile(model: try SegmentationModel(decoding: bytes), bytes: bytes, hash: ContentHash(of: bytes))
        }
        let number = await session.restore(
            file, labelSequence: record.labelSequence, samples: record.samples, labelledPixels: record.labelledPixels)
        known.withLock { known in
            guard number > known.restored?.number ?? 0 else { return }
            known.restored = (number, record)
        }
    }
}

extension ViewDocument {
    /// The pixels that it touches.
    var pixels: PixelRect {
        let (left, top) = (Int(rect[0].rounded(.down)), Int(rect[1].rounded(.down)))
        let (right, bottom) = (Int((rect[0] + rect[2]).rounded(.up)), Int((rect[1] + rect[3]).rounded(.up)))
        return PixelRect(x: left, y: top, width: max(0, right - left), height: max(0, bottom - top))
    }

    /// - Throws: `Refusal` for a view that no page has.
    func check() throws(Refusal) {
        let isFinite = (rect + (focus ?? [])).allSatisfy { $0.isFinite && $0.magnitude < 1e9 }
        guard rect.count == 4, rect[2] >= 0, rect[3] >= 0, isFinite, focus?.count ?? 2 == 2 else {
            throw Refusal(.unprocessableContent, "bad_document", "rect: expected x, y, width and height, and a focus of x and y")
        }
        guard (0...64).contains(level), z >= 0, t >= 0, serial ?? 0 >= 0 else {
            throw Refusal(.unprocessableContent, "bad_document", "level, z, t, serial: expected 0 or more")
        }
        try drawing?.check()
    }
}

extension DrawingDocument {
    /// The stroke. Its class is not asked for: any label will do.
    var annotation: Annotation {
        let path = AnnotationPath(through: points.map { AnnotationPoint(x: $0[0], y: $0[1]) })
        return Annotation(.stroke(path, width: width), classNumber: 1)
    }

    /// - Throws: `Refusal` for a stroke that no page has.
    func check() throws(Refusal) {
        let isStroke = (1...Self.pointsMax).contains(points.count) && width.isFinite && (0...1e5).contains(width)
        guard isStroke, points.allSatisfy({ $0.count == 2 && $0.allSatisfy { $0.isFinite && $0.magnitude < 1e9 } }) else {
            throw Refusal(
                .unprocessableContent, "bad_document",
                "drawing: expected 1 to \(Self.pointsMax) points of x and y, and a width of 0 to 100,000 pixels")
        }
    }
}
