internal import Features
internal import Forest
internal import Foundation
internal import Jobs
internal import Primitives
internal import Protocol
internal import Synchronization

/// From samples to a model: edges, bins, the training table, tree jobs, and the merged forest.
struct ForestTraining: Sendable {
    let parameters: ForestParameters
    let input: ModelInput
    let classes: TrainingClasses
    /// Which channels of the images are used; nil for a table, and where there is nothing to remember.
    var channels: ModelChannels?
    let run: Run

    /// Trees per job: enough jobs that no worker idles at the end, few enough that each is worth sending.
    static func treesPerJob(trees: Int, slots: Int) -> Int { max(1, min(16, trees / max(1, slots * 8))) }

    /// A model, and the table that it was trained on.
    struct Trained: Sendable {
        let model: SegmentationModel
        let table: ReadyTable
    }

    /// Somebody who wants to see the first trees of a forest before the others are grown. Each tree depends on the seed and its number
    /// alone, so they are those of the whole forest.
    struct Early: Sendable {
        /// As many trees, at least 1.
        let trees: Int
        /// Gets the forest of these trees. The others are not grown if it throws.
        let take: @Sendable (SegmentationModel) async throws -> Void
    }

    /// Trains on samples that are all here.
    func train(_ samples: LabelledSamples, early: Early? = nil) async throws -> Trained {
        let (table, edges) = try table(of: samples)
        run.progress.say(MemoryPlan(training: table.shape, trees: parameters.trees).line)
        return try await train(on: table, edges: edges, early: early)
    }

    /// The table of samples that are all here, and its edges.
    func table(of samples: LabelledSamples) throws -> (table: ReadyTable, edges: BinEdges) {
        try run.clock.measure("quantise") {
            let (table, edges) = try quantise(samples)
            return (try ReadyTable(table, in: run), edges)
        }
    }

    /// Trains on a table that is in a file.
    func train(on file: TableFile, edges: BinEdges) async throws -> Trained {
        let table = try run.clock.measure("quantise") {
            try ReadyTable(file, samplesOfClass: classes.counts, in: run)
        }
        run.progress.say(MemoryPlan(blocked: table.shape, parameters: parameters).line)
        return try await train(on: table, edges: edges)
    }

    /// How much each feature decreases impurity in a forest that nobody keeps, summed tree by tree. Its jobs are a phase of this kind.
    func importances(on table: ReadyTable, kind: String) async throws -> [Double] {
        let (phase, judged) = try await phase(kind, on: table)
        let grown = GrownForest(treeCount: parameters.trees)
        let jobs = jobs(of: table, 0..<parameters.trees, treesPerJob: phase.granularity, judged: judged)
        run.progress.begin("selecting", unit: "trees", total: parameters.trees)
        try await run.clock.measure(kind) {
            try await run.dispatch(jobs, of: phase, count: jobs.base.count) { part in
                grown.add(part)
                run.progress.advance(by: part.trees.count)
            }
        }
        run.progress.end()
        return grown.importances(of: parameters.trees, featureCount: table.shape.featureCount)
    }

    /// Begins a phase of tree jobs on a table, and makes what they are judged by known where jobs carry their samples.
    private func phase(_ kind: String, on table: ReadyTable) async throws -> (phase: RunPhase, judged: ContentHash?) {
        let step = Self.treesPerJob(trees: parameters.trees, slots: await run.slots)
        let workers = max(1, await run.pool.dispatcher.usable.workers)
        let wanted = TableTransfer(of: table, parameters: parameters, workers: workers, treesPerJob: 1)
        let phase = try run.phase(kind, granularity: wanted == .drawnSamples ? 1 : step)
        // A run that goes on may have begun with more trees a job.
        let way = TableTransfer(of: table, parameters: parameters, workers: workers, treesPerJob: phase.granularity)
        return (phase, way == .drawnSamples ? try table.judgedBlock(in: run) : nil)
    }

    private func train(on table: ReadyTable, edges: BinEdges, early: Early? = nil) async throws -> Trained {
        let (phase, judged) = try await phase("train", on: table)
        let grown = GrownForest(treeCount: parameters.trees)
        func grow(_ trees: Range<Int>) async throws {
            let jobs = jobs(of: table, trees, treesPerJob: phase.granularity, judged: judged)
            try await run.clock.measure("train") {
                try await run.dispatch(jobs, of: phase, count: jobs.base.count) { part in
                    grown.add(part)
                    run.progress.advance(by: part.trees.count)
                }
            }
        }
        func model(of trees: Int) throws -> SegmentationModel {
            try run.clock.measure("merge") { try grown.model(of: trees, edges: edges, table: table, training: self) }
        }
        run.progress.begin("training", unit: "trees", total: parameters.trees)
        let first = early.map { min($0.trees, parameters.trees) } ?? 0
        if let early, first < parameters.trees {
            try await grow(0..<first)
            try await early.take(try model(of: first))
            try await grow(first..<parameters.trees)
        } else {
            try await grow(0..<parameters.trees)
        }
        run.progress.end()
        return Trained(model: try model(of: parameters.trees), table: table)
    }

    private func jobs(
        of table: ReadyTable, _ trees: Range<Int>, treesPerJob step: Int, judged: ContentHash?
    ) -> LazyAsyncSequence<[DispatchJob<GrownTrees>]> {
        let jobs = stride(from: trees.lowerBound, to: trees.upperBound, by: step).map { first -> DispatchJob<GrownTrees> in
            let count = min(step, trees.upperBound - first)
            var job = TreeJob(
                table: table.hash, blocks: judged == nil ? table.blocks : nil, parameters: parameters, firstTree: first,
                treeCount: count)
            job.judged = judged
            // The samples are read when the job is sent.
            let withSamples: @Sendable (String?) throws -> TreeJob = { [job, parameters] _ in
                var job = job
                job.drawn = try (first..<first + count).map { try table.drawnSamples(ofTree: $0, parameters) }
                return job
            }
            return DispatchJob(
                job, label: "trees \(first) to \(first + count - 1)", adapted: judged == nil ? nil : withSamples,
                accept: { output in try GrownTrees(output, firstTree: first, treeCount: count, table: table.shape) })
        }
        return LazyAsyncSequence(base: jobs)
    }

    /// Quantile edges of every feature, and the samples as bins.
    private func quantise(_ samples: LabelledSamples) throws -> (TrainingTable, BinEdges) {
        let features = samples.featureCount
        if let bad = samples.values.firstIndex(where: { !$0.isFinite }) {
            throw CoordinatorError(
                .badInput,
                "sample \(bad / features), \(input.names[bad % features]): expected a finite number, found \(samples.values[bad])"
            )
        }
        let edges = try BinEdges(ParallelQuantiser.edges(of: samples))
        let bins = ParallelQuantiser.bins(of: samples, edges: edges)
        let indices = classes.indices
        let table = try TrainingTable(
            featureCount: features, classCount: classes.classes.count, bins: bins,
            classes: samples.labels.map { indices[$0] ?? 0 })
        return (table, edges)
    }
}

/// The trees of a forest as they come in, in whatever order.
///
/// Safe to use from any task.
private final class GrownForest: Sendable {
    private struct State: Sendable {
        var trees: [Tree?]
        /// `[tree][feature]`.
        var importances: [[Double]]
        var outOfBagVotes: [UInt32]?
    }

    private let state: Lock<State>

    init(treeCount: Int) {
        state = Lock(
            State(
                trees: [Tree?](repeating: nil, count: treeCount),
                importances: [[Double]](repeating: [], count: treeCount), outOfBagVotes: nil))
    }

    func add(_ part: GrownTrees) {
        state.withLock { state in
            for (offset, tree) in part.trees.enumerated() {
                state.trees[part.firstTree + offset] = tree
                state.importances[part.firstTree + offset] = part.importances[offset]
            }
            guard var sums = state.outOfBagVotes else {
                state.outOfBagVotes = part.outOfBagVotes
                return
            }
            state.outOfBagVotes = nil
            // At most 65,536 trees × 65,535 in all, as each part was checked.
            for index in sums.indices { sums[index] += part.outOfBagVotes[index] }
            state.outOfBagVotes = sums
        }
    }

    /// The sums over the first so many trees, in one written order: tree by tree.
    func importances(of count: Int, featureCount: Int) -> [Double] {
        var sums = [Double](repeating: 0, count: featureCount)
        for row in state.withLock({ $0.importances }).prefix(count) {
            for (feature, value) in row.enumerated() { sums[feature] += value }
        }
        return sums
    }

    /// - Parameter count: the first so many trees, which are those that are here.
    func model(
        of count: Int, edges: BinEdges, table: ReadyTable, training: ForestTraining
    ) throws -> SegmentationModel {
        let state = state.withLock { $0 }
        let trees = state.trees.compactMap { $0 }
        precondition(trees.count == count, "\(trees.count) of \(count) trees grown")
        var importances = importances(of: count, featureCount: table.shape.featureCount)
        let total = importances.reduce(0, +)
        if total > 0 { importances = importances.map { $0 / total } }
        let outOfBag = try OutOfBag(
            sampleCount: table.shape.sampleCount, classCount: table.shape.classCount, votes: state.outOfBagVotes ?? [])
        let summary = outOfBag.summary(classes: table.classes)
        return try SegmentationModel(
            classes: training.classes.classes, input: training.input, channels: training.channels, edges: edges,
            forest: try Forest(featureCount: table.shape.featureCount, classCount: table.shape.classCount, trees: trees),
            training: TrainingRecord(
                parameters: training.parameters.with(trees: count), samplesPerClass: training.classes.counts,
                outOfBag: .init(samples: summary.rowsJudged, accuracy: summary.accuracy, confusion: summary.confusion),
                importances: importances, table: table.hash))
    }
}
