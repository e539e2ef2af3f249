internal import ArgumentParser

/// On how many threads, and how often, a kernel runs.
struct TimingOptions: ParsableArguments {
    @Option(help: "Threads that compute.")
    var threads = 2

    @Option(help: "Runs that count.")
    var runs = 5

    @Option(help: "Runs before them, which do not count.")
    var warmUps = 1

    mutating func validate() throws {
        guard (1...256).contains(threads) else { throw ValidationError("--threads: expected 1 to 256, found \(threads)") }
        guard (1...1000).contains(runs) else { throw ValidationError("--runs: expected 1 to 1000, found \(runs)") }
        guard (0...1000).contains(warmUps) else { throw ValidationError("--warm-ups: expected 0 to 1000, found \(warmUps)") }
    }

    /// Runs `body` as often as asked for, and times every run and the phases that it laps.
    func measure(_ work: String, _ body: (inout Stopwatch) throws -> Void) rethrows -> Measurement {
        for _ in 0..<warmUps {
            var stopwatch = Stopwatch()
            try body(&stopwatch)
        }
        var seconds: [Double] = []
        var phases: [String: [Double]] = [:]
        for _ in 0..<runs {
            var stopwatch = Stopwatch()
            try body(&stopwatch)
            seconds.append(stopwatch.elapsed)
            for (phase, lap) in stopwatch.laps { phases[phase, default: []].append(lap) }
        }
        return Measurement(
            work: work, threads: threads, seconds: seconds, median: seconds.median, peakMiB: PeakMemory.mebibytes(),
            phases: phases.mapValues(\.median))
    }
}
