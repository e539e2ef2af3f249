internal import Foundation
internal import GRDB
internal import Primitives
internal import Scheduling
internal import Synchronization

/// A part of a command in which all jobs are of one kind.
struct RunPhase: Hashable, Sendable {
    /// Its place in the order in which the command's phases begin, from 0.
    let number: Int
    /// What its jobs do, such as `segment`.
    let kind: String
    /// What decides how the work is cut into jobs, such as the side of tiles or the trees of a job: as it was when the run began.
    let granularity: Int
}

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
        try ledger.write { try Ledger.ResultRow.filter(key: ["phase": phase.number, "job": job.value]).deleteAll($0) }
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
            Ledger.ResultRow(
                phase: phase.number, job: job.value, sha256: hash.hex, byteCount: result.count,
                document: isSmall ? result : nil))
    }

    /// The hash of a job's result, and the document if it lies in the database; nil if there is no result, or no sound hash.
    private func reference(to job: JobIndex) throws -> (ContentHash, Data?)? {
        let row = try ledger.read { try Ledger.ResultRow.fetchOne($0, phase: phase.number, job: job.value) }
        return row.flatMap { row in ContentHash(hex: row.sha256).map { ($0, row.document) } }
    }
}

/// The results of phases whose jobs come one phase after the other in one run: each phase's jobs are counted from its own first one.
final class SuccessiveJournals: ResultJournal {
    private struct Part {
        /// The position in the run of the phase's first job.
        let first: Int
        let journal: any ResultJournal
    }

    private let parts = Lock<[Part]>([])

    /// The jobs from `first` on, up to those of the next phase, are of the phase of `journal`.
    func append(_ journal: any ResultJournal, from first: Int) {
        parts.withLock { parts in
            precondition(first >= parts.last?.first ?? 0, "job \(first) came before job \(parts.last?.first ?? 0)")
            parts.append(Part(first: first, journal: journal))
        }
    }

    func mayHold(_ job: JobIndex) -> Bool {
        let (journal, place) = place(of: job)
        return journal.mayHold(place)
    }

    func result(of job: JobIndex) throws -> Data? {
        let (journal, place) = place(of: job)
        return try journal.result(of: place)
    }

    func forget(_ job: JobIndex) throws {
        let (journal, place) = place(of: job)
        try journal.forget(place)
    }

    func keep(_ result: Data, of job: JobIndex) async throws {
        let (journal, place) = place(of: job)
        try await journal.keep(result, of: place)
    }

    private func place(of job: JobIndex) -> (any ResultJournal, JobIndex) {
        parts.withLock { parts in
            // The last part that begins at or before the job; a phase without jobs shares its place with the next.
            var (low, high) = (0, parts.count)
            while low < high {
                let middle = (low + high) / 2
                if parts[middle].first <= job.value { low = middle + 1 } else { high = middle }
            }
            precondition(low > 0, "\(job) is of no phase")
            return (parts[low - 1].journal, JobIndex(job.value - parts[low - 1].first))
        }
    }
}
