internal import Foundation
internal import GRDB
internal import Protocol
internal import Scheduling
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
    private let troubleCount = Atomic(0)

    /// Troubles of one opening that are recorded; the rest is in the log.
    private static let troublesMax = 1000

    /// Opens the ledger of the directory, and makes it if there is none.
    ///
    /// - Parameter arguments: the command as the user wrote it, for the advice on how to go on.
    /// - Throws: bad input when the directory is of another run, or its ledger of another format; an I/O error.
    init(directory: String, manifest: RunManifest, arguments: [String]) throws(CoordinatorError) {
        let pool = try LedgerDatabase.open(in: directory)
        (authority, wasFinished) = try LedgerDatabase.reporting(directory) {
            try pool.write { database in
                let known = try RunRow.fetchOne(database)
                if let known {
                    let begun = try Self.begunPhases(database)
                    if let difference = known.manifest.difference(from: manifest, begun: begun) {
                        throw CoordinatorError(.badInput, "run \(directory): \(difference); use another --run-dir")
                    }
                }
                var run = known ?? RunRow(manifest: manifest, now: Self.now)
                run.epoch += 1
                (run.state, run.message) = (.running, nil)
                (run.manifest, run.arguments) = (manifest, arguments)
                (run.openedAt, run.changedAt) = (Self.now, Self.now)
                try run.insert(database)
                return (FencingToken(run: run.uuid, epoch: run.epoch), known?.state == .finished)
            }
        }
        self.directory = directory
        self.pool = pool
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

    /// Commits everything, records how the run ended, and closes the database.
    func close(as state: State, message: String?) throws(CoordinatorError) {
        let committed = Result { try batch.flush() }
        _ = try? write { database in
            try RunRow.updateAll(database) {
                [$0.state.set(to: state.rawValue), $0.message.set(to: message), $0.changedAt.set(to: Self.now)]
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
    func progress() throws(CoordinatorError) -> (kept: Int, jobs: Int?) {
        try read { database in
            let jobs = try PhaseRow.fetchAll(database).map(\.jobs)
            return (try ResultRow.fetchCount(database), jobs.contains(nil) ? nil : jobs.reduce(0) { $0 + ($1 ?? 0) })
        }
    }

    /// Seconds since 1970.
    static var now: Double { Date().timeIntervalSince1970 }

    func read<Value>(_ body: (Database) throws -> Value) throws(CoordinatorError) -> Value {
        try LedgerDatabase.reporting(directory) { try pool.read(body) }
    }

    @discardableResult
    func write<Value>(_ body: (Database) throws -> Value) throws(CoordinatorError) -> Value {
        try LedgerDatabase.reporting(directory) { try pool.write(body) }
    }
}

// MARK: - Phases

extension Ledger {
    /// Opens a phase: a phase that had begun before keeps its granularity, whatever is proposed now.
    ///
    /// - Parameter subject: what is worked on, such as `cells.png`, for people: files may move.
    /// - Throws: bad input when the phase of this number is of another kind; an I/O error.
    func phase(
        _ number: Int, _ kind: String, of subject: String? = nil, proposedGranularity: Int
    ) throws(CoordinatorError) -> RunPhase {
        try write { database in
            let known = try PhaseRow.fetchOne(database, key: number)
            if let known, known.kind != kind {
                throw CoordinatorError(
                    .badInput, "run \(directory): expected the phase \(known.kind), found \(kind); use another --run-dir")
            }
            var row = known ?? PhaseRow(number: number, kind: kind, granularity: proposedGranularity, openedAt: Self.now)
            row.subject = subject
            row.openedAt = Self.now
            row.keptAtOpening = try ResultRow.filter { $0.phase == number }.fetchCount(database)
            try row.insert(database)
            return RunPhase(number: number, kind: kind, granularity: row.granularity)
        }
    }

    /// Says how many jobs a phase has, once that is known.
    func setJobs(_ count: Int, of phase: RunPhase) throws(CoordinatorError) {
        try write { try PhaseRow.filter(key: phase.number).updateAll($0) { $0.jobs.set(to: count) } }
    }

    /// The results of one phase.
    func journal(of phase: RunPhase) throws(CoordinatorError) -> PhaseJournal {
        let jobs = try read { database in
            try ResultRow.filter { $0.phase == phase.number }.select(\.job, as: Int.self).fetchAll(database)
        }
        return PhaseJournal(ledger: self, phase: phase, kept: IndexSet(jobs))
    }

    /// Forgets a phase with its results: its input was bad, and may be replaced.
    func forget(phase number: Int) throws(CoordinatorError) {
        try batch.flush()
        try write { database in
            try ResultRow.filter { $0.phase == number }.deleteAll(database)
            try OutputRow.filter(key: number).deleteAll(database)
            try PhaseRow.filter(key: number).deleteAll(database)
        }
    }

    /// The phases of which something is kept.
    private static func begunPhases(_ database: Database) throws -> Set<Int> {
        let withResults = try ResultRow.select(\.phase, as: Int.self).distinct().fetchSet(database)
        return try withResults.union(OutputRow.select(\.phase, as: Int.self).fetchSet(database))
    }
}

// MARK: - Outputs

extension Ledger {
    /// Records the files that a phase has written.
    ///
    /// - Parameter request: what was asked for, in words that are the same when it is asked for again.
    func keep(outputs: [RunManifest.Input], of number: Int, request: String) throws(CoordinatorError) {
        try write { try OutputRow(phase: number, request: request, files: outputs).insert($0) }
    }

    /// The files that a phase has written when the same was asked for; nil if it has not.
    func outputs(of number: Int, request: String) throws(CoordinatorError) -> [RunManifest.Input]? {
        try read { try OutputRow.filter(key: number).filter { $0.request == request }.fetchOne($0)?.files }
    }
}

// MARK: - Progress

extension Ledger {
    /// Records something that went wrong. Quick; it is committed soon.
    func record(trouble: String) {
        let number = troubleCount.wrappingAdd(1, ordering: .relaxed).newValue
        guard number <= Self.troublesMax else { return }
        // A ledger that cannot be written says so when the next result is kept.
        try? batch.add(TroubleRow(epoch: authority.epoch, time: Self.now, text: trouble))
    }

    /// Records who has done what so far in this opening.
    func recordProgress(_ counters: SchedulerCounters, _ workers: [WorkerReport]) throws(CoordinatorError) {
        let epoch = authority.epoch
        try write { database in
            for (outcome, count) in counters.attemptsByOutcome {
                try AttemptsRow(epoch: epoch, outcome: outcome, count: count).insert(database)
            }
            for (number, worker) in workers.enumerated() {
                try WorkerRow(
                    epoch: epoch, number: number, url: worker.url, slots: worker.slots, health: worker.health,
                    jobs: worker.counters.jobsDone, failures: worker.counters.attemptsFailed, lastTrouble: worker.lastTrouble
                ).write(to: database)
            }
            try RunRow.updateAll(database) { $0.changedAt.set(to: Self.now) }
        }
    }
}
