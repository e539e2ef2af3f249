internal import Forest
internal import Foundation
internal import Jobs
internal import Primitives
internal import Protocol
internal import Scheduling

/// Trains while somebody paints, and makes the maps of what is on the screens.
///
/// One training is on at a time, and one waits, always with the newest labels. Its forest is shown twice: the first trees, and all. At rest the
/// forest is that of all labelled pixels, byte for byte what `coppice train` makes of the same shapes.
package actor LiveSession {
    /// What a session works with.
    package struct Surroundings: Sendable {
        package var pool: WorkerPool
        /// Folders whose files local workers may read.
        package var folders: SharedFolders
        package var pixels: any LivePixels
        /// What is to be learned from now.
        package var labels: @Sendable () async throws -> LiveLabels
        /// The same as files, for `Run.train`.
        package var request: @Sendable (LiveLabels) async throws -> TrainingRequest

        package init(
            pool: WorkerPool, folders: SharedFolders, pixels: any LivePixels,
            labels: @escaping @Sendable () async throws -> LiveLabels,
            request: @escaping @Sendable (LiveLabels) async throws -> TrainingRequest
        ) {
            (self.pool, self.folders, self.pixels) = (pool, folders, pixels)
            (self.labels, self.request) = (labels, request)
        }
    }

    /// A newer training waits.
    private struct Superseded: Error {}

    /// The view of a tab.
    private struct Place: Hashable {
        let client: String
        let tab: String
    }

    private let surroundings: Surroundings
    private let sources: LiveSources
    private let clock = ContinuousClock()
    private var listeners: [String: AsyncStream<LiveEvent>.Continuation] = [:]
    private var views: [Place: ShownView] = [:]
    /// By resolution.
    private var trainers: [Int: LiveTrainer] = [:]
    private var models: [Int: LiveModel] = [:]
    private var feeds: [Int: (revision: Int, task: Task<Void, Never>)] = [:]
    private var issued: [Int: Set<TileKey>] = [:]
    private var cache = TileCache()
    private var revision = 0
    private var state: LiveState
    private var wantsTraining = false
    private var training: Task<Void, Never>?
    private var rest: Task<Void, Never>?
    private var doubts = DoubtfulPlaces()
    /// Until when the uncertainty of what is shown is made, for whoever asks for doubtful places.
    private var wantsDoubtsUntil: ContinuousClock.Instant?

    /// After so long without a new stroke all labelled pixels are learned from.
    private static let restTime = Duration.milliseconds(800)

    /// After an error tiles are asked for again.
    private static let retryTime = Duration.seconds(2)

    /// - Parameter sequence: the operation after which labels are as they are now.
    package init(_ surroundings: Surroundings, isLive: Bool = true, sequence: Int = 0) {
        self.surroundings = surroundings
        sources = LiveSources(surroundings.pixels)
        state = LiveState(isLive: isLive, isTraining: false, labelSequence: sequence)
    }

    /// Ends what is under way.
    package func end() {
        for (_, task) in feeds.values { task.cancel() }
        training?.cancel()
        rest?.cancel()
        for listener in listeners.values { listener.finish() }
    }

    /// Whether a training follows each stroke.
    package var isLive: Bool { state.isLive }

    // MARK: What happens outside

    /// An operation that changes what is learned from, or how, was committed.
    package func labelsChanged(to sequence: Int) {
        state.labelSequence = max(sequence, state.labelSequence)
        rest?.cancel()
        if state.isLive { train() } else { tell(.state(state)) }
    }

    /// Whether a training follows each stroke.
    package func set(isLive: Bool) {
        state.isLive = isLive
        if isLive, state.model?.labelSequence != state.labelSequence { train() }
        tell(.state(state))
    }

    /// Trains once, now.
    package func update() { train() }

    /// What a client gets from now on; the state comes first.
    package func events(for client: String) -> AsyncStream<LiveEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: LiveEvent.self)
        listeners[client]?.finish()
        listeners[client] = continuation
        continuation.yield(.state(state))
        return stream
    }

    package func removeClient(_ client: String) {
        listeners.removeValue(forKey: client)?.finish()
        for place in views.keys where place.client == client { views[place] = nil }
    }

    /// What a tab looks at now; its tiles follow.
    ///
    /// - Throws: `ImageError` for an image that cannot be read.
    package func setView(_ view: LiveView, of client: String, tab: String) async throws {
        let level = view.shownLevel
        let sources = sources
        let (source, full) = try await offload {
            (try sources.source(view.image, level: level), try sources.source(view.image, level: 0))
        }
        let tiles = view.tiles(
            width: source.width, height: source.height, fullWidth: full.width, fullHeight: full.height)
        let place = Place(client: client, tab: tab)
        let held = views[place].map { $0.view.maps == view.maps ? $0.sent : [] } ?? []
        views[place] = ShownView(view, tiles, source, start: clock.now)
        views[place]?.keep(held)
        if models[level] == nil, level > 0, state.model != nil || state.isTraining { train() }
        serve(place)
        feed(level)
    }

    package func removeView(of client: String, tab: String) { views[Place(client: client, tab: tab)] = nil }

    /// The forest that is shown in full resolution.
    package var model: LiveModel? { models[0] }

    /// The `n`-th of the places where the forest knows least, away from those before and from what is painted, of what is on a screen.
    ///
    /// - Returns: column and row in the full resolution, and the uncertainty, 0…1; nil where none is known.
    package func doubtfulPlace(_ n: Int, in image: LiveImage) async -> (x: Int, y: Int, uncertainty: Double)? {
        wantsDoubtsUntil = clock.now + .seconds(60)
        for (place, shown) in views where shown.view.image == image {
            views[place]?.restart(at: clock.now)
            serve(place)
            issued[shown.level] = []
            feed(shown.level)
        }
        let deadline = clock.now + .seconds(3)
        while clock.now < deadline, views.values.contains(where: { $0.view.image == image && !$0.isComplete }) {
            try? await Task.sleep(for: .milliseconds(20))
        }
        var labelled: Set<DoubtfulPlaces.Spot> = []
        for trainer in trainers.values {
            labelled.formUnion((try? await offload { trainer.labelledSpots(of: image) }) ?? [])
        }
        return doubts.place(n, in: image, labelled: labelled)
    }

    // MARK: Training

    private func train() {
        wantsTraining = true
        rest?.cancel()
        guard training == nil else { return }
        training = Task { await trainUntilCurrent() }
    }

    private func trainUntilCurrent() async {
        state.isTraining = true
        tell(.state(state))
        while wantsTraining, !Task.isCancelled {
            wantsTraining = false
            do {
                try await trainOnce(clock.now)
            } catch is Superseded {
            } catch is CancellationError {
            } catch {
                state.message = CoordinatorError(classifying: error).description
            }
        }
        state.isTraining = false
        training = nil
        tell(.state(state))
        waitForRest()
    }

    private func trainOnce(_ start: ContinuousClock.Instant) async throws {
        let labels = try await surroundings.labels()
        state.labelSequence = max(state.labelSequence, labels.sequence)
        let shown = Set(views.values.map(\.level))
        // What somebody looks at comes first.
        for level in shown.union([0]).sorted(by: { (shown.contains($0) ? 0 : 1, $0) < (shown.contains($1) ? 0 : 1, $1) }) {
            if let model = models[level], model.isWhole, model.labelSequence == labels.sequence, !model.isRestored { continue }
            let trainer = trainers[level] ?? LiveTrainer(level: level, sources)
            trainers[level] = trainer
            try await Run.perform(on: surroundings.pool, priority: .interactive, sharing: surroundings.folders) { run in
                let trained = try await trainer.train(labels, in: run) { early in
                    try await self.show(early, labels, level, start)
                    if await self.wantsTraining { throw Superseded() }
                }
                try await self.show(trained, labels, level, start)
            }
        }
        state.message = nil
    }

    private func show(
        _ trained: LiveTrainer.Trained, _ labels: LiveLabels, _ level: Int, _ start: ContinuousClock.Instant
    ) async throws {
        let model = trained.model
        let file = try await offload {
            let bytes = try model.encoded()
            return ModelFile(model: model, bytes: bytes, hash: ContentHash(of: bytes))
        }
        show(
            file, labels, level, start, samples: trained.samples, countOfLabel: trained.countOfLabel)
    }

    private func show(
        _ file: ModelFile, _ labels: LiveLabels, _ level: Int, _ start: ContinuousClock.Instant, samples: Int,
        countOfLabel: [Int: Int]
    ) {
        // The same forest of other labels is shown anew: what it is worth has changed.
        revision += 1
        present(
            LiveModel(
                revision: revision, labelSequence: labels.sequence, level: level, file: file,
                trees: file.model.forest.trees.count, treesTotal: labels.forest.trees, samples: samples,
                labelledPixels: countOfLabel.values.reduce(0, +), countOfLabel: countOfLabel,
                seconds: (clock.now - start) / .seconds(1), isRestored: false))
    }

    /// Shows an earlier forest again, until the next training.
    ///
    /// - Parameters:
    ///   - labelSequence: the operation that it was trained after.
    ///   - samples: pixels that it learned from, of `labelledPixels`.
    package func restore(_ file: ModelFile, labelSequence: Int, samples: Int, labelledPixels: Int) {
        rest?.cancel()
        revision += 1
        let trees = file.model.forest.trees.count
        let counts = zip(file.model.classes, file.model.training.samplesPerClass).map { ($0.label, $1) }
        present(
            LiveModel(
                revision: revision, labelSequence: labelSequence, level: 0, file: file, trees: trees, treesTotal: trees,
                samples: samples, labelledPixels: labelledPixels, countOfLabel: Dictionary(uniqueKeysWithValues: counts),
                seconds: 0, isRestored: true))
    }

    private func present(_ model: LiveModel) {
        let level = model.level
        models[level] = model
        if level == 0 || state.model == nil {
            state.model = .init(
                revision: model.revision, labelSequence: model.labelSequence, trees: model.trees, treesTotal: model.treesTotal,
                samples: model.samples, labelledPixels: model.labelledPixels, isExact: model.isExact, seconds: model.seconds)
        }
        tell(.state(state))
        doubts.removeAll(of: level)
        feeds.removeValue(forKey: level)?.task.cancel()
        issued[level] = []
        for (place, shown) in views where shown.level == level {
            views[place]?.restart(at: clock.now)
            serve(place)
        }
        feed(level)
    }

    // MARK: At rest

    private func waitForRest() {
        rest?.cancel()
        guard state.isLive, !wantsTraining, models[0]?.labelSequence == state.labelSequence else { return }
        rest = Task { [clock] in
            try? await clock.sleep(for: Self.restTime)
            if !Task.isCancelled { await self.settle() }
        }
    }

    /// Learns from all labelled pixels, if that was not done, and estimates how well the forest does.
    private func settle() async {
        let start = clock.now
        do {
            let labels = try await surroundings.labels()
            guard let shown = models[0], shown.labelSequence == labels.sequence else { return }
            var request = try await surroundings.request(labels)
            let folds = request.folds
            request.folds = 0
            if !shown.isExact {
                try await perform(request) { run, request in
                    let model = try await run.train(request)
                    let bytes = try await offload { try model.encoded() }
                    let file = ModelFile(model: model, bytes: bytes, hash: ContentHash(of: bytes))
                    try await self.showExact(file, labels, start, shown)
                }
            }
            request.folds = folds
            guard folds > 0 else { return }
            try await perform(request) { run, request in
                _ = try await run.train(request)
                await self.tell(.report(LiveReport(labelSequence: labels.sequence, estimate: run.record.estimate)))
            }
        } catch is CancellationError {
        } catch {
            if !Task.isCancelled { tell(.trouble(CoordinatorError(classifying: error).description)) }
        }
    }

    private func perform(
        _ request: TrainingRequest, _ body: @escaping @Sendable (Run, TrainingRequest) async throws -> Void
    ) async throws {
        try Task.checkCancellation()
        try await Run.perform(on: surroundings.pool, priority: .normal, sharing: surroundings.folders) { run in
            try await body(run, request)
        }
    }

    private func showExact(
        _ file: ModelFile, _ labels: LiveLabels, _ start: ContinuousClock.Instant, _ shown: LiveModel
    ) throws {
        guard labels.sequence == state.labelSequence, !wantsTraining else { throw CancellationError() }
        show(file, labels, 0, start, samples: shown.labelledPixels, countOfLabel: shown.countOfLabel)
    }

    // MARK: Tiles

    /// Sends what is there of a view.
    private func serve(_ place: Place) {
        guard let shown = views[place], let model = models[shown.level] else { return }
        views[place]?.begin(model.revision, at: clock.now)
        let maps = maps(of: shown)
        for key in shown.tiles where views[place]?.lacks(key) == true {
            if let tile = cache.tile(key, with: maps), tile.revision == model.revision { send(tile, key, to: place) }
        }
        completeIfDone(place)
    }

    private func send(_ tile: LiveTile, _ key: TileKey, to place: Place) {
        guard views[place]?.lacks(key) == true else { return }
        views[place]?.sent.insert(key)
        listeners[place.client]?.yield(.tile(tile, tab: place.tab))
    }

    private func completeIfDone(_ place: Place) {
        guard let shown = views[place], shown.isComplete, !shown.wasAnnounced, let revision = shown.revision else { return }
        views[place]?.wasAnnounced = true
        listeners[place.client]?.yield(
            .viewComplete(
                tab: place.tab, revision: revision, tiles: shown.tiles.count,
                seconds: (clock.now - shown.start) / .seconds(1), exactShare: models[shown.level]?.isExact == true ? 1 : 0))
    }

    /// Has tiles of a resolution made, unless that is under way.
    private func feed(_ level: Int) {
        guard let model = models[level], feeds[level] == nil, wanted(level) != nil else { return }
        let task = Task {
            do {
                try await Run.perform(
                    on: surroundings.pool, priority: .interactive, sharing: surroundings.folders
                ) { run in
                    let feed = TileFeed(model: model, run: run) { await self.nextTile(level, model.revision) }
                    try await feed.run { key, tile in await self.take(tile, key) }
                }
            } catch is CancellationError {
            } catch {
                guard !Task.isCancelled else { return }
                tell(.trouble(CoordinatorError(classifying: error).description))
                try? await clock.sleep(for: Self.retryTime)
                // What was handed out did not come.
                if models[level]?.revision == model.revision { issued[level] = [] }
            }
            ended(level, model.revision)
        }
        feeds[level] = (model.revision, task)
    }

    private func ended(_ level: Int, _ revision: Int) {
        guard let feed = feeds[level], feed.revision == revision else { return }
        feeds[level] = nil
        // Views may have changed since the last tile was handed out.
        self.feed(level)
    }

    /// The tile of a resolution that is wanted most: the views take turns.
    private func wanted(_ level: Int) -> (key: TileKey, source: LiveSource, maps: Set<MapKind>)? {
        let done = issued[level] ?? []
        let order = views.filter { $0.value.level == level }
            .sorted { ($0.value.sent.count, $0.key.tab) < ($1.value.sent.count, $1.key.tab) }
        for (_, shown) in order {
            guard let key = shown.tiles.first(where: { shown.lacks($0) && !done.contains($0) }) else { continue }
            let maps = views.values.filter { $0.view.image == key.image && $0.level == level }
                .reduce(into: Set<MapKind>()) { $0.formUnion(self.maps(of: $1)) }
            return (key, shown.source, maps)
        }
        return nil
    }

    /// The maps that are made for a view.
    private func maps(of shown: ShownView) -> Set<MapKind> {
        wantsDoubtsUntil.map { clock.now < $0 } == true ? shown.view.maps.union([.uncertainty]) : shown.view.maps
    }

    private func nextTile(_ level: Int, _ revision: Int) -> (key: TileKey, source: LiveSource, maps: Set<MapKind>)? {
        guard models[level]?.revision == revision, let next = wanted(level) else { return nil }
        issued[level, default: []].insert(next.key)
        return next
    }

    private func take(_ tile: LiveTile, _ key: TileKey) {
        guard models[key.level]?.revision == tile.revision else { return }
        cache.add(tile, as: key)
        if let source = views.values.first(where: { $0.view.image == key.image && $0.level == key.level })?.source {
            doubts.add(tile, scale: Double(source.fullWidth) / Double(source.width))
        }
        for place in views.keys where views[place]?.view.image == key.image && views[place]?.level == key.level {
            send(tile, key, to: place)
            completeIfDone(place)
        }
    }

    // MARK: Telling

    private func tell(_ event: LiveEvent) {
        for listener in listeners.values { listener.yield(event) }
    }
}
