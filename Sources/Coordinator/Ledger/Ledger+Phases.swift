internal import Foundation
internal import GRDB

/// A part of a command in which all jobs are of one kind.
struct RunPhase: Hashable, Sendable {
    /// Its place in the order in which the command's phases begin, from 0.
    let number: Int
    /// What its jobs do, such as `segment`.
    let kind: String
    /// What decides how the work is cut into jobs, such as the side of tiles or the trees of a job: as it was when the run began.
    let grain: Int
}

extension Ledger {
    /// Opens a phase: a phase that had begun before keeps its grain, whatever is proposed now.
    ///
    /// - Parameter subject: what is worked on, such as `cells.png`, for people: files may move.
    /// - Throws: bad input when the phase of this number is of another kind; an I/O error.
    func phase(
        _ number: Int, _ kind: String, of subject: String? = nil, proposedGrain: Int
    ) throws(CommandError) -> RunPhase {
        try LedgerDatabase.reporting(directory) {
            try pool.write { database in
                let known = try Row.fetchOne(database, sql: "SELECT kind, grain FROM phase WHERE number = ?", arguments: [number])
                if let known {
                    let expected: String = known["kind"]
                    guard expected == kind else {
                        throw CommandError(
                            .badInput, "run \(directory): expected the phase \(expected), found \(kind); use another --run-dir")
                    }
                    try database.execute(
                        sql: """
                            UPDATE phase SET subject = ?, openedAt = ?, keptAtOpening = (SELECT count(*) FROM result WHERE phase = number)
                            WHERE number = ?
                            """,
                        arguments: [subject, Self.now, number])
                    return RunPhase(number: number, kind: kind, grain: known["grain"])
                }
                try database.execute(
                    sql: "INSERT INTO phase VALUES (?, ?, ?, ?, NULL, 0, ?)",
                    arguments: [number, kind, subject, proposedGrain, Self.now])
                return RunPhase(number: number, kind: kind, grain: proposedGrain)
            }
        }
    }

    /// Says how many jobs a phase has, once that is known.
    func setJobs(_ count: Int, of phase: RunPhase) throws(CommandError) {
        try LedgerDatabase.reporting(directory) {
            try pool.write { database in
                try database.execute(sql: "UPDATE phase SET jobs = ? WHERE number = ?", arguments: [count, phase.number])
            }
        }
    }

    /// The results of one phase.
    func journal(of phase: RunPhase) throws(CommandError) -> PhaseJournal {
        let jobs = try LedgerDatabase.reporting(directory) {
            try pool.read { database in
                try Int.fetchAll(database, sql: "SELECT job FROM result WHERE phase = ?", arguments: [phase.number])
            }
        }
        return PhaseJournal(ledger: self, phase: phase, kept: IndexSet(jobs))
    }
}
