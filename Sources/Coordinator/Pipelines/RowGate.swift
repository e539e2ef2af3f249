internal import Primitives
internal import Synchronization

/// Holds back the source of jobs while results of an early row are still missing: what waits for its turn to be written stays bounded.
///
/// Safe to use from any task; one waits at a time.
final class RowGate: Sendable {
    private struct State {
        var firstOpenRow = 0
        var isThrownOpen = false
        var waiter: (row: Int, continuation: CheckedContinuation<Void, Never>)?
    }

    private let state = Lock(State())
    private let rowsAhead: Int

    /// - Parameter rowsAhead: rows that may be begun from the first unwritten one on; at least 1.
    init(rowsAhead: Int) {
        precondition(rowsAhead >= 1, "\(rowsAhead) rows")
        self.rowsAhead = rowsAhead
    }

    /// As many rows as give every slot some tiles of `columns` a row to work on.
    convenience init(columns: Int, slots: Int) {
        self.init(rowsAhead: max(2, (8 * slots - 1) / columns + 2))
    }

    /// Returns once `row` may be begun, or when the task is cancelled.
    func wait(forRow row: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    if state.isThrownOpen || row < state.firstOpenRow + rowsAhead || Task.isCancelled { return true }
                    state.waiter = (row, continuation)
                    return false
                }
                if isFree { continuation.resume() }
            }
        } onCancel: {
            release { _ in true }
        }
    }

    /// Rows before `row` are written.
    func open(upTo row: Int) {
        state.withLock { $0.firstOpenRow = max($0.firstOpenRow, row) }
        release { state in state.waiter.map { $0.row < state.firstOpenRow + self.rowsAhead } ?? false }
    }

    /// Holds nothing back any more: a row will never be complete, and what comes after it is not to be written.
    func throwOpen() {
        state.withLock { $0.isThrownOpen = true }
        release { _ in true }
    }

    /// Whether results need not be put together any more.
    var isThrownOpen: Bool { state.withLock { $0.isThrownOpen } }

    private func release(_ isDue: @Sendable (State) -> Bool) {
        let waiter = state.withLock { state in
            guard isDue(state) else { return nil as CheckedContinuation<Void, Never>? }
            defer { state.waiter = nil }
            return state.waiter?.continuation
        }
        waiter?.resume()
    }
}
