/// Seconds since it was made, and of the phases in between.
struct Stopwatch {
    private let start = ContinuousClock.now
    private var lapStart = ContinuousClock.now
    /// Phases in the order in which they ended.
    private(set) var laps: [(phase: String, seconds: Double)] = []

    /// Seconds since the stopwatch was made.
    var elapsed: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// Ends the phase that began with the stopwatch or with the last lap.
    mutating func lap(_ phase: String) {
        let now = ContinuousClock.now
        laps.append((phase, (now - lapStart) / .seconds(1)))
        lapStart = now
    }
}
