internal import ArgumentParser
internal import Foundation

/// Times the scheduler's state machine: no network, no threads, a clock that only counts.
///
/// What it times is the coordinator's own target `Scheduling`.
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
        guard (1...1_000_000).contains(workers) else {
            throw ValidationError("--workers: expected 1 to 1000000, found \(workers)")
        }
        guard (1...1024).contains(slots) else { throw ValidationError("--slots: expected 1 to 1024, found \(slots)") }
        guard (1...1_000_000_000).contains(jobs) else { throw ValidationError("--jobs: expected 1 to 1000000000, found \(jobs)") }
        guard (1...1000).contains(window) else { throw ValidationError("--window: expected 1 to 1000, found \(window)") }
    }

    func run() throws {
        let before = Usage()
        var cluster = AnsweringCluster(workers: workers, slots: slots, jobs: jobs, seed: seed)
        let clock = ContinuousClock()
        let (start, usage) = (clock.now, Usage())
        cluster.run(window: window * workers * slots)
        let seconds = start.duration(to: clock.now) / .seconds(1)
        let after = Usage()
        let processorSeconds = after.processorSeconds - usage.processorSeconds
        try cluster.check()
        let result = Result(
            workers: workers, slots: slots, jobs: jobs, events: cluster.eventCount, seconds: seconds,
            processorSeconds: processorSeconds, jobsPerSecond: (Double(jobs) / processorSeconds).rounded(),
            microsecondsPerJob: (processorSeconds / Double(jobs) * 1e8).rounded() / 100, peakBytes: after.peakBytes,
            bytesPerKnownJob: (after.peakBytes - before.peakBytes) / min(jobs, window * workers * slots))
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
        /// Of the one thread that there is: what `seconds` would be if nobody else used the processor.
        let processorSeconds: Double
        /// Jobs for each processor second, and its inverse; the simulated cluster included.
        let jobsPerSecond: Double
        let microsecondsPerJob: Double
        /// Of the process, with the simulated cluster.
        let peakBytes: Int
        /// What the run added to the peak, for each job that was known and not done at a time; workers included.
        let bytesPerKnownJob: Int
    }
}

/// What this process has used so far.
struct Usage {
    /// The most memory that was ever in use at once.
    let peakBytes: Int
    let processorSeconds: Double

    init() {
        var usage = rusage()
        #if os(Linux)
            getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
            peakBytes = usage.ru_maxrss * 1024
        #else
            getrusage(RUSAGE_SELF, &usage)
            peakBytes = usage.ru_maxrss
        #endif
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        processorSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
