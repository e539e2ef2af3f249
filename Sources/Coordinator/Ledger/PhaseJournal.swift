internal import Foundation
internal import GRDB
internal import Primitives
internal import Scheduling

/// The results of one phase in the ledger: small documents in the database, large ones as files; each is compared with its hash
/// when it is read.
final class PhaseJournal: ResultJournal {
    private let ledger: Ledger
    private let phase: RunPhase
    /// The jobs that had a result when the phase began.
    private let kept: IndexSet

    /// Documents up to this size lie in the database.
    static let rowBytesMax = 16 << 10

    init(ledger: Ledger, phase: RunPhase, kept: IndexSet) {
        self.ledger = ledger
        self.phase = phase
        self.kept = kept
    }

    func mayHold(_ job: JobIndex) -> Bool { kept.contains(job.value) }

    func result(of job: JobIndex) throws -> Data? {
        guard mayHold(job) else { return nil }
        guard let (hash, row) = try reference(to: job) else { return nil }
        if let document = row ?? ledger.files.read(hash), ContentHash(of: document) == hash { return document }
        try forget(job)
        return nil
    }

    func forget(_ job: JobIndex) throws {
        if let (hash, row) = try reference(to: job), row == nil { ledger.files.remove(hash) }
        try LedgerDatabase.reporting(ledger.directory) {
            try ledger.pool.write { database in
                try database.execute(
                    sql: "DELETE FROM result WHERE phase = ? AND job = ?", arguments: [phase.number, job.value])
            }
        }
    }

    func keep(_ result: Data, of job: JobIndex) async throws {
        if result.count <= Self.rowBytesMax {
            try keepNow(result, of: job)
        } else {
            try await offload { try self.keepNow(result, of: job) }
        }
    }

    private func keepNow(_ result: Data, of job: JobIndex) throws {
        let hash = ContentHash(of: result)
        let isSmall = result.count <= Self.rowBytesMax
        if !isSmall { try ledger.files.write(result, as: hash) }
        try ledger.batch.add(
            .result(
                phase: phase.number, job: job.value, sha256: hash, byteCount: result.count, document: isSmall ? result : nil))
    }

    /// The hash of a job's result, and the document if it lies in the database; nil if there is no result, or no sound hash.
    private func reference(to job: JobIndex) throws -> (ContentHash, Data?)? {
        try LedgerDatabase.reporting(ledger.directory) {
            try ledger.pool.read { database in
                let row = try database.cachedStatement(sql: "SELECT sha256, document FROM result WHERE phase = ? AND job = ?")
                let found = try Row.fetchOne(row, arguments: [phase.number, job.value])
                guard let found, let hash = ContentHash(hex: found["sha256"]) else { return nil }
                return (hash, found["document"])
            }
        }
    }
}
