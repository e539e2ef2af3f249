internal import Foundation
internal import GRDB

/// A part of a command in which all jobs are of one kind.
struct RunPhase: Hashable, Sendable {
    /// Its place in the order in which the command's phases begin, from 0.
    let number: Int
    /// Such as `segment cells.png`.
    let name: String
    /// What decides how the work is cut into jobs, such as the side of tiles or the trees of a job: as it was when the run began.
    let grain: Int
}

extension Ledger {
    /// Opens a phase: a phase that had begun before keeps its grain, whatever is proposed now.
    ///
    /// - Throws: bad input when the phase of this number has another name; an I/O error.
    func phase(_ number: Int, _ name: String, proposedGrain: Int) throws(CommandError) -> RunPhase {
        try LedgerDatabase.reporting(directory) {
            try pool.write { database in
                let known = try Row.fetchOne(database, sql: "SELECT name, grain FROM phase WHERE number = ?", arguments: [number])
                if let known {
                    let found: String = known["name"]
                    guard found == name else {
                        throw CommandError(
                            .badInput, "run \(directory): expected the phase \(found), found \(name); use another --run-dir")
                    }
                    try database.execute(
                        sql: """
                            UPDATE phase SET openedAt = ?, keptAtOpening = (SELECT count(*) FROM result WHERE phase = number)
                            WHERE number = ?
                            """,
                        arguments: [Self.now, number])
                    return RunPhase(number: number, name: name, grain: known["grain"])
                }
                try database.execute(
                    sql: "INSERT INTO phase VALUES (?, ?, ?, NULL, 0, ?)", arguments: [number, name, proposedGrain, Self.now])
                return RunPhase(number: number, name: name, grain: proposedGrain)
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
