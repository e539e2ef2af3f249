internal import Foundation
internal import GRDB
internal import Protocol
internal import struct Synchronization.Atomic

/// The record of a run: what it is, how far it has come, which results are kept, who worked and what went wrong.
///
/// Opening it raises the run's epoch. One process at a time has it open for writing, as `RunLock` sees to. Safe to use from any
/// thread; its methods may wait for the disk.
package final class Ledger: Sendable {
    /// The run directory.
    let directory: String
    /// The run, and this opening of it.
    let authority: FencingToken
    /// Whether the run had ended well before this opening.
    let wasFinished: Bool
    let batch: LedgerBatch
    let files: ResultFiles
    let pool: DatabasePool
    /// Troubles of this opening so far.
    let troubleCount = Atomic(0)

    /// Opens the ledger of the directory, and makes it if there is none.
    ///
    /// - Parameter arguments: the command as the user wrote it, for the advice on how to go on.
    /// - Throws: bad input when the directory is of another run; an I/O error.
    init(directory: String, manifest: RunManifest, arguments: [String]) throws(CommandError) {
        let (_, pool) = try LedgerDatabase.open(in: directory)
        let opened = try LedgerDatabase.reporting(directory) {
            try pool.write { database in
                try Self.refuseOtherRun(than: manifest, directory, database)
                return try Self.beginEpoch(manifest, arguments, database)
            }
        }
        self.directory = directory
        self.pool = pool
        (authority, wasFinished) = opened
        batch = LedgerBatch(directory: directory, pool: pool)
        files = ResultFiles(directory: directory)
        try files.prepare()
    }

    /// How a run stands.
    package enum State: String, Codable, Sendable {
        case running, finished, interrupted, failed
        /// It says that it runs, but no process has its lock: it was killed, or the machine went down.
        case dead
    }

    /// Commits everything, writes down how the run ended, and closes the database.
    func close(as state: State, message: String?) throws(CommandError) {
        let committed = Result { try batch.flush() }
        try? LedgerDatabase.reporting(directory) {
            try pool.write { database in
                try database.execute(
                    sql: "UPDATE run SET state = ?, message = ?, changedAt = ?", arguments: [state.rawValue, message, Self.now])
            }
        }
        try LedgerDatabase.reporting(directory) {
            try committed.get()
            // Everything goes into the one file, so that a copy of it alone is whole.
            try pool.writeWithoutTransaction { database in _ = try database.checkpoint(.truncate) }
            try pool.close()
        }
    }

    /// Results that are kept and committed, and the jobs of the phases that have begun; nil if one does not know its jobs yet.
    func progress() throws(CommandError) -> (kept: Int, jobs: Int?) {
        try LedgerDatabase.reporting(directory) {
            try pool.read { database in
                let kept = try Int.fetchOne(database, sql: "SELECT count(*) FROM result") ?? 0
                let unknown = try Int.fetchOne(database, sql: "SELECT count(*) FROM phase WHERE jobs IS NULL") ?? 0
                let jobs = try Int.fetchOne(database, sql: "SELECT sum(jobs) FROM phase")
                return (kept, unknown == 0 ? jobs : nil)
            }
        }
    }

    /// Seconds since 1970.
    static var now: Double { Date().timeIntervalSince1970 }

    private static func refuseOtherRun(
        than manifest: RunManifest, _ directory: String, _ database: Database
    ) throws {
        guard let text = try String.fetchOne(database, sql: "SELECT manifest FROM run") else { return }
        let expected = try WireJSON.decode(RunManifest.self, from: Data(text.utf8))
        let begun = try begunPhases(database)
        guard let difference = expected.difference(from: manifest, begun: begun) else { return }
        throw CommandError(.badInput, "run \(directory): \(difference); use another --run-dir")
    }

    private static func beginEpoch(
        _ manifest: RunManifest, _ arguments: [String], _ database: Database
    ) throws -> (FencingToken, wasFinished: Bool) {
        let before = try Row.fetchOne(database, sql: "SELECT uuid, epoch, state, createdAt FROM run")
        let run: String = before?["uuid"] ?? UUID().uuidString.lowercased()
        let epoch = (before?["epoch"] ?? 0) + 1
        let state: String? = before?["state"]
        let created: Double = before?["createdAt"] ?? now
        try database.execute(
            sql: "INSERT OR REPLACE INTO run VALUES (1, ?, ?, ?, NULL, ?, ?, ?, ?, ?)",
            arguments: [
                run, epoch, State.running.rawValue, try json(manifest), try json(arguments), created, now, now,
            ])
        return (FencingToken(run: run, epoch: epoch), state == State.finished.rawValue)
    }

    private static func json(_ value: some Encodable) throws -> String {
        String(decoding: try WireJSON.encode(value), as: UTF8.self)
    }
}
