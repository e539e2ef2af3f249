internal import ArgumentParser
internal import Jobs
internal import Primitives
internal import Protocol
internal import Synchronization

/// `coppice exercise`: how many jobs a second go through the coordinator. For benchmarks; not shown in the help.
///
/// The jobs are as small as jobs get: one row each of a table, made up, for a model that was trained on a table. They go the way of
/// every other job: scheduler, HTTP, worker, checks, and the run directory if there is one.
struct ExerciseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exercise",
        abstract: "Measure how many small jobs a second go through the coordinator.", shouldDisplay: false)

    @Argument(help: "A model that was trained on a table.")
    var model: String

    @Option(help: "Jobs.")
    var jobs = 30_000

    @OptionGroup(title: "Keeping the run") var kept: RunOptions
    @OptionGroup(title: "Workers and progress") var options: ClusterOptions

    mutating func validate() throws {
        guard (1...100_000_000).contains(jobs) else {
            throw ValidationError("--jobs: expected 1 to 100000000, found \(jobs)")
        }
    }

    func run() async throws {
        let loaded = try ModelFile.load(model)
        guard case .rows(let names) = loaded.model.input else {
            throw CommandError(.badInput, "\(model): expected a model that was trained on a table, found one trained on images")
        }
        let directory = try kept.open(command: "exercise", parameters: ["jobs": String(jobs)], inputs: [model])
        try await Cluster.use(options, keptIn: directory) { [jobs] cluster in
            cluster.register(loaded.bytes, as: loaded.hash)
            let phase = try cluster.phase("exercise", grain: 1)
            let plan = SmallJobs(count: jobs, model: loaded.hash, featureCount: names.count)
            let done = Mutex(0)
            let clock = ContinuousClock()
            let (start, usage) = (clock.now, ProcessUsage())
            try await cluster.run(LazyAsyncSequence(base: plan), of: phase, count: jobs) { _ in done.withLock { $0 += 1 } }
            let seconds = start.duration(to: clock.now) / .seconds(1)
            let processor = ProcessUsage().processorSeconds - usage.processorSeconds
            let rate = Int(Double(jobs) / seconds)
            print(
                "\(done.withLock { $0 }) jobs in \(seconds) s: \(rate) a second; "
                    + "coordinator: \(processor / Double(jobs) * 1e6) µs of processor time a job")
        }
    }
}

/// Row jobs of one row each, no two alike.
private struct SmallJobs: Sequence, Sendable {
    let count: Int
    let model: ContentHash
    let featureCount: Int

    func makeIterator() -> Iterator { Iterator(jobs: self) }

    struct Iterator: IteratorProtocol {
        let jobs: SmallJobs
        private var number = 0

        init(jobs: SmallJobs) { self.jobs = jobs }

        mutating func next() -> PlannedJob<RowJob, Int>? {
            guard number < jobs.count else { return nil }
            defer { number += 1 }
            let row = [Float](repeating: Float(number), count: jobs.featureCount)
            let job = RowJob(
                model: jobs.model, values: WireArray(row, .float32, shape: [1, jobs.featureCount]), probabilities: false)
            return PlannedJob(label: "job \(number)", job: job, accept: { [number] _ in number })
        }
    }
}
