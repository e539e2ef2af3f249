internal import Foundation
internal import Primitives
internal import Synchronization

/// Adds up the wall-clock seconds of the phases of a run, in the order in which they first began.
///
/// Safe to use from any task.
package final class PhaseClock: Sendable {
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private let phases = Lock<[RunReport.Phase]>([])

    init() { start = ContinuousClock.now }

    /// Runs `work` and adds its seconds to the phase.
    package func measure<Result>(_ phase: String, _ work: () throws -> Result) rethrows -> Result {
        let begin = clock.now
        defer { add(phase, clock.now - begin) }
        return try work()
    }

    // Not inlined, nor made anew for a closure: the optimizer of Swift 6.3 crashes when it splits the functions that it becomes a part of.
    /// Runs `work` and adds its seconds to the phase.
    @inline(never) @_optimize(none)
    func measure<Result>(
        _ phase: String, isolation: isolated (any Actor)? = #isolation, _ work: () async throws -> Result
    ) async rethrows -> Result {
        let begin = clock.now
        defer { add(phase, clock.now - begin) }
        return try await work()
    }

    func add(_ phase: String, _ duration: Duration) {
        let seconds = duration / .seconds(1)
        phases.withLock { phases in
            if let index = phases.firstIndex(where: { $0.name == phase }) {
                phases[index].seconds += seconds
            } else {
                phases.append(.init(name: phase, seconds: seconds))
            }
        }
    }

    /// Phases so far, milliseconds exact.
    package var all: [RunReport.Phase] {
        phases.withLock { $0.map { .init(name: $0.name, seconds: ($0.seconds * 1000).rounded() / 1000) } }
    }

    /// Seconds since the clock was made.
    var total: Double { ((clock.now - start) / .seconds(1) * 1000).rounded() / 1000 }
}
