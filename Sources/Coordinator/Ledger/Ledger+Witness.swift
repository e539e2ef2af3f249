internal import Foundation
internal import GRDB
internal import Protocol
internal import Scheduling
internal import Synchronization

extension Ledger {
    /// Troubles of one opening that are written down; the rest is in the log.
    private static let troublesMax = 1000

    /// Writes down something that went wrong. Quick; it is committed soon.
    func witness(_ trouble: String) {
        let number = troubleCount.wrappingAdd(1, ordering: .relaxed).newValue
        guard number <= Self.troublesMax else { return }
        // A ledger that cannot be written says so when the next result is kept.
        try? batch.add(.trouble(epoch: authority.epoch, time: Self.now, text: trouble))
    }

    /// Writes down who has done what so far in this opening.
    func witness(_ counters: SchedulerCounters, _ workers: [WorkerReport]) throws(CommandError) {
        let epoch = authority.epoch
        try LedgerDatabase.reporting(directory) {
            try pool.write { database in
                for (outcome, count) in counters.attemptsByOutcome {
                    try database.cachedStatement(sql: "INSERT OR REPLACE INTO attempts VALUES (?, ?, ?)")
                        .execute(arguments: [epoch, outcome, count])
                }
                for (number, worker) in workers.enumerated() {
                    try database.cachedStatement(sql: "INSERT OR REPLACE INTO worker VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
                        .execute(arguments: [
                            epoch, number, worker.url, worker.slots, worker.health, worker.counters.jobsDone,
                            worker.counters.attemptsFailed, worker.lastTrouble,
                        ])
                }
                try database.execute(sql: "UPDATE run SET changedAt = ?", arguments: [Self.now])
            }
        }
    }
}

extension SchedulerCounters {
    /// Attempts by how they ended, by the names of the report.
    var attemptsByOutcome: [String: Int] {
        [
            "succeeded": attemptsSucceeded, "connectionLost": attemptsLost, "timedOut": attemptsTimedOut,
            "invalid": attemptsInvalid, "refused": attemptsRefused, "busy": attemptsBusy, "draining": attemptsDraining,
            "cancelled": attemptsCancelled,
        ]
    }
}
