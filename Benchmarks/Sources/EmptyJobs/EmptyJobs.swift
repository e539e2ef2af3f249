internal import ArgumentParser
@testable internal import Coordinator
internal import Foundation
internal import Jobs
internal import Primitives
internal import Protocol
internal import Synchronization

/// How many jobs a second go through the coordinator.
///
/// The jobs are as small as jobs get: one row each of a table, made up, for a model that was trained on a table. They go the way of
/// every other job: scheduler, HTTP, worker, checks, and the run directory if there is one.
@main
struct EmptyJobs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "empty-jobs", abstract: "Measure how many small jobs a second go through the coordinator.")

    @Argument(help: "A model that was trained on a table.")
    var model: String

    @Option(help: "Jobs.")
    var jobs = 30_000

    @Option(help: "Local worker processes of one slot each.")
    var local = 2

    @Option(help: "Keep the run in this directory.")
    var runDir: String?

    mutating func validate() throws {
        guard (1...100_000_000).contains(jobs) else { throw ValidationError("--jobs: expected 1 to 100000000, found \(jobs)") }
    }

    func run() async throws {
        let loaded = try ModelFile.load(model)
        guard case .rows(let names) = loaded.model.input else {
            throw ValidationError("\(model): expected a model that was trained on a table, found one trained on images")
        }
        let directory = try runDir.map {
            try RunDirectory(
                path: $0, manifest: try RunManifest(command: "empty-jobs", parameters: ["jobs": "\(jobs)"], inputs: [model]))
        }
        let workers = try LocalWorkers(count: local, sharing: SharedFolders(of: []), logLevel: "warning")
        try await Run.perform(on: workers, keptIn: directory) { [jobs] run in
            run.register(loaded.bytes, as: loaded.hash)
            let phase = try run.phase("empty jobs", granularity: 1)
            let plan = SmallJobs(count: jobs, model: loaded.hash, featureCount: names.count)
            let done = Lock(0)
            let clock = ContinuousClock()
            let (start, usage) = (clock.now, ProcessUsage())
            try await run.dispatch(LazyAsyncSequence(base: plan), of: phase, count: jobs) { _ in done.withLock { $0 += 1 } }
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

        mutating func next() -> DispatchJob<Int>? {
            guard number < jobs.count else { return nil }
            defer { number += 1 }
            let row = [Float](repeating: Float(number), count: jobs.featureCount)
            let job = RowJob(
                model: jobs.model, values: WireArray(row, .float32, shape: [1, jobs.featureCount]), probabilities: false)
            return DispatchJob(job, label: "job \(number)", accept: { [number] _ in number })
        }
    }
}
