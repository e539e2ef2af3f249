internal import Scheduling

/// Where a run stands, for a progress bar.
struct DispatchProgress: Equatable, Sendable {
    /// Jobs that the source has given so far.
    var jobsAdded = 0
    var jobsPoisoned = 0
    /// Of all workers of the pool.
    var busyWorkers = 0
    var usableWorkers = 0
}

/// A line for the log.
package struct DispatchNotice: Sendable {
    package let isWarning: Bool
    package let text: String

    package init(isWarning: Bool, text: String) {
        self.isWarning = isWarning
        self.text = text
    }
}

/// One worker's part in a command.
struct WorkerReport: Codable, Sendable {
    let url: String
    let slots: Int
    /// Such as `usable`, `suspect`, `gone`.
    let health: String
    /// The last trouble with the worker, if there was any.
    let lastTrouble: String?
    let counters: WorkerCounters
}
