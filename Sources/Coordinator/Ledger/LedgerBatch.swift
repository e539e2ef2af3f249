internal import Foundation
internal import GRDB
internal import Primitives
internal import Synchronization

/// What is on its way into the database: gathered for some milliseconds, then committed together, so that keeping costs little.
///
/// Safe to use from any thread.
final class LedgerBatch: Sendable {
    private struct State {
        var rows: [any LedgerRow] = []
        var isCommitDue = false
        var failure: CoordinatorError?
    }

    private let directory: String
    private let pool: DatabasePool
    private let state = Lock(State())
    private let queue = DispatchQueue(label: "coppice.ledger.batch")

    private static let commitDelay = DispatchTimeInterval.milliseconds(10)
    /// At most this many rows wait (32 MiB of documents); who brings the last one commits them.
    private static let rowsMax = 2048

    init(directory: String, pool: DatabasePool) {
        self.directory = directory
        self.pool = pool
    }

    /// Takes a row; it is committed soon.
    ///
    /// - Throws: the reason why an earlier commit failed. Nothing is committed after that.
    func add(_ row: any LedgerRow) throws(CoordinatorError) {
        let (failure, isFirst, isFull) = state.withLock { state in
            if state.failure == nil { state.rows.append(row) }
            defer { state.isCommitDue = true }
            return (state.failure, !state.isCommitDue, state.rows.count >= Self.rowsMax)
        }
        if let failure { throw failure }
        if isFull {
            try flush()
        } else if isFirst {
            queue.asyncAfter(deadline: .now() + Self.commitDelay) { [self] in commit() }
        }
    }

    /// Returns once everything that was taken is committed.
    func flush() throws(CoordinatorError) {
        queue.sync { commit() }
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    /// Runs on the queue.
    private func commit() {
        let rows = state.withLock { state in
            defer { state.rows = [] }
            state.isCommitDue = false
            return state.failure == nil ? state.rows : []
        }
        guard !rows.isEmpty else { return }
        do {
            try LedgerDatabase.reporting(directory) {
                try pool.write { database in for row in rows { try row.write(to: database) } }
            }
        } catch {
            state.withLock { $0.failure = error }
        }
    }
}
