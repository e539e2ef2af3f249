internal import Foundation
internal import GRDB
internal import Primitives
internal import Synchronization

/// What is on its way into the database: gathered for some milliseconds, then committed together, so that keeping costs little.
///
/// Safe to use from any thread.
final class LedgerBatch: Sendable {
    enum Entry: Sendable {
        /// `document` is nil when a file holds it.
        case result(phase: Int, job: Int, sha256: ContentHash, byteCount: Int, document: Data?)
        case trouble(epoch: Int, time: Double, text: String)
    }

    private struct State {
        var entries: [Entry] = []
        var isCommitDue = false
        var failure: CommandError?
    }

    private let directory: String
    private let pool: DatabasePool
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "coppice.ledger.batch")

    private static let patience = DispatchTimeInterval.milliseconds(10)
    /// At most this many entries wait (32 MiB of documents); who brings the last one commits them.
    private static let entriesMax = 2048

    init(directory: String, pool: DatabasePool) {
        self.directory = directory
        self.pool = pool
    }

    /// Takes an entry; it is committed soon.
    ///
    /// - Throws: the reason why an earlier commit failed. Nothing is committed after that.
    func add(_ entry: Entry) throws(CommandError) {
        let (failure, isFirst, isFull) = state.withLock { state in
            if state.failure == nil { state.entries.append(entry) }
            defer { state.isCommitDue = true }
            return (state.failure, !state.isCommitDue, state.entries.count >= Self.entriesMax)
        }
        if let failure { throw failure }
        if isFull {
            try flush()
        } else if isFirst {
            queue.asyncAfter(deadline: .now() + Self.patience) { [self] in commit() }
        }
    }

    /// Returns once everything that was taken is committed.
    func flush() throws(CommandError) {
        queue.sync { commit() }
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    /// Runs on the queue.
    private func commit() {
        let entries = state.withLock { state in
            defer { state.entries = [] }
            state.isCommitDue = false
            return state.failure == nil ? state.entries : []
        }
        guard !entries.isEmpty else { return }
        do {
            try LedgerDatabase.reporting(directory) {
                try pool.write { database in for entry in entries { try Self.insert(entry, into: database) } }
            }
        } catch {
            state.withLock { $0.failure = error }
        }
    }

    private static func insert(_ entry: Entry, into database: Database) throws {
        switch entry {
        case .result(let phase, let job, let sha256, let byteCount, let document):
            try database.cachedStatement(sql: "INSERT OR REPLACE INTO result VALUES (?, ?, ?, ?, ?)")
                .execute(arguments: [phase, job, sha256.hex, byteCount, document])
        case .trouble(let epoch, let time, let text):
            try database.cachedStatement(sql: "INSERT INTO trouble VALUES (?, ?, ?)").execute(arguments: [epoch, time, text])
        }
    }
}
