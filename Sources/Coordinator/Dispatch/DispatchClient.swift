internal import Primitives
internal import Protocol
internal import Scheduling
internal import Synchronization

/// Whoever has jobs done, in one run of the dispatcher after the other or in several at once.
///
/// Safe to use from any task.
package final class DispatchClient: Sendable {
    private struct State {
        var counters = SchedulerCounters()
        var restoredCount = 0
        var isStopping = false
    }

    /// In whose name jobs are sent; nil for jobs that nobody can take over.
    let token: FencingToken?
    /// Whose jobs go first where several share the workers.
    let priority: RunPriority
    /// Raised when a run of it ends before its time: what the client still reads is of no use.
    let cancellation = CancellationFlag()
    private let state = Lock(State())

    init(token: FencingToken? = nil, priority: RunPriority = .normal) {
        (self.token, self.priority) = (token, priority)
    }

    /// Jobs of its runs that are over whose results the journal had.
    var restoredCount: Int { state.withLock { $0.restoredCount } }

    /// Of its runs that are over.
    var closedCounters: SchedulerCounters { state.withLock { $0.counters } }

    /// Whether nothing is handed out any more.
    var isStopping: Bool { state.withLock { $0.isStopping } }

    func stop() { state.withLock { $0.isStopping = true } }

    /// Adds what came of a run that is over.
    func add(_ summary: RunSummary) {
        state.withLock { state in
            state.counters += summary.counters
            state.restoredCount += summary.restoredCount
        }
    }
}
