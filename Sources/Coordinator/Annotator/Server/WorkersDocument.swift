internal import Coordinator

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
    /// Why nothing is computed, if nothing is; one line for people.
    package var message: String?

    package init(workers: [Worker], usable: Int, busy: Int, message: String? = nil) {
        (self.workers, self.usable, self.busy, self.message) = (workers, usable, busy, message)
    }

    /// The same in short.
    var short: WorkersMessage { WorkersMessage(usable: usable, busy: busy, message: message) }
}

extension WorkersDocument {
    /// The workers of a pool.
    init(of pool: WorkerPool) async {
        let (all, usable, busy) = await pool.members
        let workers = all.map {
            Worker(
                url: $0.url, slots: $0.slots, health: $0.health, jobsDone: $0.jobsDone, lastTrouble: $0.lastTrouble)
        }
        // Workers are asked first when there is something to do.
        let isIdle = all.contains { $0.health == "joining" }
        let isHopeless = usable == 0 && !isIdle && (all.isEmpty || !all.contains { $0.health == "probing" })
        let text = "No worker answers. Painting goes on; results come when there is one again."
        self.init(workers: workers, usable: usable, busy: busy, message: isHopeless ? text : nil)
    }
}
