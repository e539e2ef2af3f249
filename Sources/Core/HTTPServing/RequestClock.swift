internal import Primitives
internal import Synchronization

/// Knows when there was a request last.
package final class RequestClock: Sendable {
    private struct State {
        var underWayCount = 0
        var lastEnd: ContinuousClock.Instant?
    }

    private let state = Lock(State())

    package init() {}

    /// Runs what answers a request.
    package func during<Answer>(_ request: () async -> Answer) async -> Answer {
        state.withLock { $0.underWayCount += 1 }
        defer {
            state.withLock { state in
                state.underWayCount -= 1
                state.lastEnd = ContinuousClock.now
            }
        }
        return await request()
    }

    /// Whether a request is under way, or the last one was answered less than `time` ago.
    package func isBusy(within time: Duration) -> Bool {
        state.withLock { state in
            state.underWayCount > 0 || state.lastEnd.map { ContinuousClock.now - $0 < time } ?? false
        }
    }
}
