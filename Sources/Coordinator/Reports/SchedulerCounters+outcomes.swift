internal import Scheduling

extension SchedulerCounters {
    /// Attempts by how they ended, by the names of the report and of the ledger.
    var attemptsByOutcome: [String: Int] {
        [
            "succeeded": attemptsSucceeded, "connectionLost": attemptsLost, "timedOut": attemptsTimedOut,
            "invalid": attemptsInvalid, "refused": attemptsRefused, "busy": attemptsBusy, "draining": attemptsDraining,
            "cancelled": attemptsCancelled,
        ]
    }
}
