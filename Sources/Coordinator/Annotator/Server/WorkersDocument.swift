/// Who works: the answer of `GET workers`.
package struct WorkersDocument: Encodable, Hashable, Sendable {
    package struct Worker: Encodable, Hashable, Sendable {
        package var url: String
        package var slots: Int
        /// Such as `usable`, `suspect`, `gone`.
        package var health: String
        package var jobsDone: Int
        /// The last trouble with the worker, if there was any.
        package var lastTrouble: String?

        package init(url: String, slots: Int, health: String, jobsDone: Int, lastTrouble: String?) {
            (self.url, self.slots, self.health, self.jobsDone, self.lastTrouble) = (url, slots, health, jobsDone, lastTrouble)
        }
    }

    package var workers: [Worker]
    package var usable: Int
    package var busy: Int

    package init(workers: [Worker], usable: Int, busy: Int) { (self.workers, self.usable, self.busy) = (workers, usable, busy) }

    /// The same in short.
    var message: WorkersMessage {
        WorkersMessage(
            usable: usable, busy: busy,
            message: usable > 0 ? nil : "No worker answers: painting goes on, results wait until there is one.")
    }
}
