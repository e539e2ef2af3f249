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
        /// What is set aside, never to be learned from: planes with the shapes that a forest is compared with.
        package var validation: @Sendable () async throws -> [LivePlane]

        package init(
            pool: WorkerPool, folders: SharedFolders, pixels: any LivePixels,
            labels: @escaping @Sendable () async throws -> LiveLabels,
            request: @escaping @Sendable (LiveLabels) async throws -> TrainingRequest,
            validation: @escaping @Sendable () async throws -> [LivePlane] = { [] }
        ) {
            (self.pool, self.folders, self.pixels) = (pool, folders, pixels)
            (self.labels, self.request, self.validation) = (labels, request, validation)
        }
    }

    /// The view of a tab.
    struct Place: Hashable {
        let client: String
        let tab: String
    }

    let surroundings: Surroundings
    let sources: LiveSources
    let clock = ContinuousClock()
    var listeners: [String: AsyncStream<LiveEvent>.Continuation] = [:]
    var views: [Place: ShownView] = [:] {
        didSet { if !viewWaiters.isEmpty { endWaits() } }
    }
    /// By resolution.
    var trainers: [Int: LiveTrainer] = [:]
    var models: [Int: LiveModel] = [:]
    var feeds: [Int: (revision: Int, task: Task<Void, Never>)] = [:]
    var issued: [Int: Set<TileKey>] = [:]
    /// When the first trees of the newest forest were shown, by resolution.
    var earlyShownAt: [Int: ContinuousClock.Instant] = [:]
    var cache = TileCache()
    /// Whether all labelled pixels are learned from, and nothing is newer.
    var isAtRest = false
    /// Of the forest that was compared last with what is set aside.
    var scoredRevision: Int?
    /// The operation after which the accuracy was estimated last.
    var estimatedSequence: Int?
    /// Exact tiles of far views.
    var refinement = Refinement()
    var refining: Task<Void, Never>?
    /// Counts what `refining` was.
    var refiningCount = 0
    var revision = 0
    var state: LiveState
    var wantsTraining = false
    var training: Task<Void, Never>?
    /// Features of a stroke that is being drawn.
    var preparation: Task<Void, Never>?
    var rest: Task<Void, Never>?
    var doubts = DoubtfulPlaces()
    /// By their numbers.
    var viewWaiters: [Int: ViewWaiter] = [:]
    var viewWaiterCount = 0
    /// Until when the uncertainty of what is shown is made, for whoever asks for doubtful places.
    var wantsDoubtsUntil: ContinuousClock.Instant?

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
        preparation?.cancel()
        rest?.cancel()
        stopRefining()
        views = [:]
        for listener in listeners.values { listener.finish() }
    }

    /// Whether a training follows each stroke.
    package var isLive: Bool { state.isLive }

    /// The forest that is shown in full resolution.
    package var model: LiveModel? { models[0] }

    // MARK: What happens outside

    /// An operation that changes what is learned from, or how, was committed.
    package func labelsChanged(to sequence: Int) {
        state.labelSequence = max(sequence, state.labelSequence)
        rest?.cancel()
        stopRefining()
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

    // MARK: Telling

    func tell(_ event: LiveEvent) {
        for listener in listeners.values { listener.yield(event) }
    }
}
