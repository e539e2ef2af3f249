internal import ArgumentParser
internal import Foundation

/// Times the scheduler's state machine: no network, no threads, a clock that only counts.
///
/// It is compiled from the coordinator's own sources, which are linked into this target.
@main
struct SchedulingBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scheduling",
        abstract: "Time the scheduler with simulated workers; one line of JSON.")

    @Option(help: "Workers.")
    var workers = 10_000

    @Option(help: "Slots of each worker.")
    var slots = 1

    @Option(help: "Jobs.")
    var jobs = 1_000_000

    @Option(help: "Jobs that are known and not done, for each slot: the dispatcher's window.")
    var window = 4

    @Option(help: "Seed of the order in which workers answer.")
    var seed: UInt64 = 1

    mutating func validate() throws {
        guard (1...1_000_000).contains(workers) else { throw ValidationError("--workers: expected 1 to 1000000, found \(workers)") }
        guard (1...1024).contains(slots) else { throw ValidationError("--slots: expected 1 to 1024, found \(slots)") }
        guard (1...1_000_000_000).contains(jobs) else { throw ValidationError("--jobs: expected 1 to 1000000000, found \(jobs)") }
        guard (1...1000).contains(window) else { throw ValidationError("--window: expected 1 to 1000, found \(window)") }
    }

    func run() throws {
        let before = Memory.peakBytes()
        var cluster = AnsweringCluster(workers: workers, slots: slots, jobs: jobs, seed: seed)
        let clock = ContinuousClock()
        let start = clock.now
        cluster.run(window: window * workers * slots)
        let seconds = start.duration(to: clock.now) / .seconds(1)
        try cluster.check()
        let result = Result(
            workers: workers, slots: slots, jobs: jobs, events: cluster.eventCount, seconds: seconds,
            jobsPerSecond: (Double(jobs) / seconds).rounded(),
            microsecondsPerJob: (seconds / Double(jobs) * 1e8).rounded() / 100,
            peakBytes: Memory.peakBytes(),
            bytesPerKnownJob: (Memory.peakBytes() - before) / min(jobs, window * workers * slots))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        print(String(decoding: try encoder.encode(result), as: UTF8.self))
    }

    private struct Result: Encodable {
        let workers: Int
        let slots: Int
        let jobs: Int
        let events: Int
        let seconds: Double
        let jobsPerSecond: Double
        let microsecondsPerJob: Double
        /// Of the process, with the simulated cluster.
        let peakBytes: Int
        /// What the run added to the peak, for each job that was known and not done at a time; workers included.
        let bytesPerKnownJob: Int
    }
}

/// Memory of this process.
enum Memory {
    /// The most that was ever in use at once.
    static func peakBytes() -> Int {
        var usage = rusage()
        #if os(Linux)
            getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
            return usage.ru_maxrss * 1024
        #else
            getrusage(RUSAGE_SELF, &usage)
            return usage.ru_maxrss
        #endif
    }
}
