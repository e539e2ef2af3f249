internal import Scheduling

extension WorkerPool {
    /// A worker of a pool, for people.
    package struct Member: Hashable, Sendable {
        package let url: String
        package let slots: Int
        /// Such as `usable`, `suspect`, `gone`.
        package let health: String
        /// Whether it may be of use later, or is now.
        package let isRecoverable: Bool
        package let jobsDone: Int
        /// The last trouble with it, if there was any.
        package let lastTrouble: String?
    }

    /// Every worker that ever joined, in the order of joining, and how many of them are usable and busy now.
    package var members: (all: [Member], usable: Int, busy: Int) {
        get async {
            let (reports, usable, busy) = await dispatcher.overview
            let all = reports.map { report in
                Member(
                    url: report.url, slots: report.slots, health: report.health,
                    isRecoverable: !["excluded", "gone"].contains(report.health), jobsDone: report.counters.jobsDone,
                    lastTrouble: report.lastTrouble)
            }
            return (all, usable, busy)
        }
    }
}

extension Dispatcher {
    /// What is known of the workers at one moment.
    fileprivate var overview: (reports: [WorkerReport], usable: Int, busy: Int) {
        (workerReports, usable.workers, busyWorkers)
    }
}
