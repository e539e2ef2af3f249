internal import Primitives

extension JobTable {
    /// Notes that `mandate` wants the job, if it is here: a later epoch of the run does not end it then.
    mutating func claim(_ id: ContentHash, by mandate: Mandate?, at now: Duration) {
        guard entries[id] != nil else { return }
        if let mandate { entries[id]?.mandate = mandate }
        entries[id]?.askedAt = now
    }

    /// Calls off what earlier epochs of the run began and nobody has claimed since. Finished answers stay: they are right for anybody.
    mutating func dropOlder(than mandate: Mandate, sparing spared: ContentHash?) -> [Action] {
        dropUnfinished { id, entry in
            guard let owner = entry.mandate, id != spared else { return false }
            return owner.run == mandate.run && owner.epoch < mandate.epoch
        }
    }

    /// Calls off jobs that nobody waits for and that nobody has asked about for `ageMax`.
    mutating func dropOrphans(ageMax: Duration, at now: Duration) -> [Action] {
        dropUnfinished { _, entry in entry.waiters.isEmpty && now - entry.askedAt > ageMax }
    }

    private mutating func dropUnfinished(where isDoomed: (ContentHash, Entry) -> Bool) -> [Action] {
        let doomed = entries.filter { id, entry in
            if case .finished = entry.progress { false } else { isDoomed(id, entry) }
        }
        return doomed.keys.sorted { $0.hex < $1.hex }.flatMap { cancel($0) ?? [] }
    }
}
