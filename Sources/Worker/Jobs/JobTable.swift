internal import Primitives
internal import Protocol

/// Names one request that waits for a job's answer.
struct WaiterID: Hashable, Sendable {
    let number: Int
}

/// Every job that a worker knows: waiting for a slot, in a slot, or finished and kept for whoever asks.
///
/// A pure state machine: no threads, no clock, no sockets. Each event returns the actions that it asks of the outside world, in
/// order. `Work` is what a slot needs to do a job, `Answer` what comes out of it.
///
/// ```
///            accept                slot free               finish
/// (unknown) ───────▶ queued ──────────────▶ running ─────────────────▶ finished ──▶ (unknown)
///                      │ cancel, drain         │ cancel                    cancel, too old, too many
///                      ▼                       ▼
///                  (unknown)               (unknown), the slot stays busy until the thread returns
/// ```
struct JobTable<Work: Sendable, Answer: Sendable>: Sendable {
    /// What the outside world is to do.
    enum Action: Sendable {
        /// Do the work in this slot, then report `finish`.
        case run(Work, slot: Int)
        /// Ask the running work to stop early; `finish` is still to be reported.
        case interrupt(Work)
        /// The work is over or will never run: give back what was held for it.
        case release(Work)
        /// Tell a waiter.
        case reply(WaiterID, JobReply<Answer>)
    }

    /// What becomes of a job that is offered.
    enum Admission: Sendable {
        /// Done before, with this answer.
        case finished(Answer)
        /// The same job is queued or running: wait for that.
        case pending
        /// New, and there is room for it.
        case open
        /// New, but slots and queue are taken.
        case full
        /// New, but the worker takes no new jobs.
        case draining
    }

    struct Occupant: Sendable {
        let id: ContentHash
        let work: Work
        /// Cancelled while it runs: nobody is told its answer.
        var isAbandoned: Bool
    }

    enum Progress: Sendable {
        case queued(Work)
        case running(slot: Int)
        case finished
    }

    struct Entry: Sendable {
        var progress: Progress
        var waiters: [WaiterID]
        /// In whose name it was last submitted, if in anybody's.
        var token: FencingToken?
        /// When it was last submitted, polled or waited for.
        var askedAt: Duration
    }

    /// Jobs that may wait for a slot.
    let queueCountMax: Int
    private(set) var isDraining = false
    var entries: [ContentHash: Entry] = [:]
    /// Queued jobs, the next to run first.
    private(set) var queue: [ContentHash] = []
    /// What each slot does; nil is idle.
    private(set) var slots: [Occupant?]
    private(set) var results: ResultCache<Answer>

    init(slotCount: Int, queueCountMax: Int, results: ResultCache<Answer>) {
        precondition(slotCount > 0 && queueCountMax >= 0, "\(slotCount) slots, a queue of \(queueCountMax)")
        slots = Array(repeating: nil, count: slotCount)
        self.queueCountMax = queueCountMax
        self.results = results
    }

    /// Slots that compute.
    var runningCount: Int { slots.count { $0 != nil } }

    /// True while something runs or waits.
    var isBusy: Bool { !queue.isEmpty || slots.contains { $0 != nil } }

    /// What would become of the job `id`. A finished answer counts as delivered.
    mutating func admission(of id: ContentHash, at now: Duration) -> Admission {
        expire(at: now)
        switch entries[id]?.progress {
        case .queued, .running: return .pending
        case .finished: return .finished(results.deliver(id))
        case nil: break
        }
        if isDraining { return .draining }
        return queue.count < queueCountMax || slots.contains { $0 == nil } ? .open : .full
    }

    /// Takes a job in.
    ///
    /// - Precondition: its admission is `.open`.
    mutating func accept(_ id: ContentHash, _ work: Work, for token: FencingToken? = nil, at now: Duration = .zero) -> [Action] {
        precondition(entries[id] == nil && !isDraining, "job \(id) is not open")
        if let slot = slots.firstIndex(where: { $0 == nil }) {
            return [
                start(id, work, in: slot, as: Entry(progress: .running(slot: slot), waiters: [], token: token, askedAt: now))
            ]
        }
        precondition(queue.count < queueCountMax, "a queue of \(queue.count) is full")
        entries[id] = Entry(progress: .queued(work), waiters: [], token: token, askedAt: now)
        queue.append(id)
        return []
    }

    /// The work in `slot` is over; a nil answer means that it stopped because it was told to.
    ///
    /// - Parameter byteCount: memory that the answer takes.
    mutating func finish(slot: Int, with answer: Answer?, byteCount: Int, at now: Duration) -> [Action] {
        guard let occupant = slots[slot] else { preconditionFailure("slot \(slot) is idle") }
        slots[slot] = nil
        var actions: [Action] = [.release(occupant.work)]
        if !occupant.isAbandoned, let entry = entries[occupant.id] {
            if let answer {
                results.put(answer, for: occupant.id, byteCount: byteCount, isDelivered: !entry.waiters.isEmpty, at: now)
                entries[occupant.id] = Entry(progress: .finished, waiters: [], token: entry.token, askedAt: now)
                actions += entry.waiters.map { .reply($0, .finished(answer)) }
            } else {
                entries[occupant.id] = nil
                actions += entry.waiters.map { .reply($0, .cancelled) }
            }
        }
        expire(at: now)
        if let next = queue.first, let entry = entries[next], case .queued(let work) = entry.progress {
            queue.removeFirst()
            actions.append(start(next, work, in: slot, as: entry))
        }
        return actions
    }

    /// Somebody waits for the answer of `id`. The reply comes now or later, once.
    mutating func wait(for id: ContentHash, _ waiter: WaiterID, at now: Duration) -> [Action] {
        expire(at: now)
        switch entries[id]?.progress {
        case nil:
            return [.reply(waiter, .unknown)]
        case .finished:
            return [.reply(waiter, .finished(results.deliver(id)))]
        case .queued, .running:
            entries[id]?.waiters.append(waiter)
            entries[id]?.askedAt = now
            return []
        }
    }

    /// A waiter has waited long enough. Nothing happens if it has had its reply.
    mutating func stopWaiting(for id: ContentHash, _ waiter: WaiterID, at now: Duration) -> [Action] {
        guard let index = entries[id]?.waiters.firstIndex(of: waiter) else { return [] }
        entries[id]?.waiters.remove(at: index)
        entries[id]?.askedAt = now
        return [.reply(waiter, .pending)]
    }

    /// Forgets a job, finished or not; nil when it is unknown.
    mutating func cancel(_ id: ContentHash) -> [Action]? {
        guard let entry = entries.removeValue(forKey: id) else { return nil }
        let replies = entry.waiters.map { Action.reply($0, .cancelled) }
        switch entry.progress {
        case .finished:
            results.remove(id)
            return replies
        case .queued(let work):
            queue.removeAll { $0 == id }
            return [.release(work)] + replies
        case .running(let slot):
            guard let occupant = slots[slot] else { preconditionFailure("slot \(slot) is idle, but runs job \(id)") }
            slots[slot]?.isAbandoned = true
            return [.interrupt(occupant.work)] + replies
        }
    }

    /// Takes no new jobs from now on; queued ones go back to whoever waits for them, running ones finish.
    mutating func drain() -> [Action] {
        isDraining = true
        var actions: [Action] = []
        for id in queue {
            guard let entry = entries.removeValue(forKey: id), case .queued(let work) = entry.progress else {
                preconditionFailure("job \(id) is in the queue, but not queued")
            }
            actions.append(.release(work))
            actions += entry.waiters.map { .reply($0, .released) }
        }
        queue = []
        return actions
    }

    /// Forgets answers that are too old, too many or too large together.
    mutating func expire(at now: Duration) {
        for id in results.expire(at: now) { entries[id] = nil }
    }

    private mutating func start(_ id: ContentHash, _ work: Work, in slot: Int, as entry: Entry) -> Action {
        entries[id] = entry
        entries[id]?.progress = .running(slot: slot)
        slots[slot] = Occupant(id: id, work: work, isAbandoned: false)
        return .run(work, slot: slot)
    }
}

/// What a waiter is told.
enum JobReply<Answer: Sendable>: Sendable {
    /// The job's answer.
    case finished(Answer)
    /// Still queued or running.
    case pending
    /// Called off by somebody.
    case cancelled
    /// Given back unstarted, because the worker drains.
    case released
    /// No such job here.
    case unknown
}

extension JobTable {
    /// Notes that `token` wants the job, if it is here: a later epoch of the run does not end it then.
    mutating func claim(_ id: ContentHash, by token: FencingToken?, at now: Duration) {
        guard entries[id] != nil else { return }
        if let token { entries[id]?.token = token }
        entries[id]?.askedAt = now
    }

    /// Calls off what earlier epochs of the run began and nobody has claimed since. Finished answers stay: they are right for anybody.
    mutating func dropOlder(than token: FencingToken, sparing spared: ContentHash?) -> [Action] {
        dropUnfinished { id, entry in
            guard let owner = entry.token, id != spared else { return false }
            return owner.run == token.run && owner.epoch < token.epoch
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
