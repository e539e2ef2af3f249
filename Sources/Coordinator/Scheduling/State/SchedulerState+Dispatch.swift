extension SchedulerState {
    /// How many ready workers are compared for one job: enough that, whatever the job excludes, one of them will do.
    private static let candidatesMax = 8

    /// Gives jobs to workers, those of the highest priority first, until there are no more jobs or no more room.
    mutating func dispatch(at now: Duration) {
        if !parked.isEmpty {
            for job in parked where jobs.contains(job) { putBack(job) }
            parked.removeAll(keepingCapacity: true)
        }
        timers.remove(.straggler)
        var position = 0
        while position < runs.count {
            var end = position + 1
            while end < runs.count, runs[end].priority == runs[position].priority { end += 1 }
            dispatch(position..<end, at: now)
            guard pendingCount(position..<end) == 0 else {
                // While a job waits, lower runs get nothing and nobody gets copies.
                guard openPlaces(for: position..<end) else { return }
                position = 0
                continue
            }
            for run in position..<end { copyStragglers(of: run, at: now) }
            position = end
        }
    }

    /// Gives jobs of some runs of one priority to workers.
    private mutating func dispatch(_ equals: Range<Int>, at now: Duration) {
        while let (first, best) = ready.first {
            let waitingCount = pendingCount(equals)
            // The surplus places are for a full queue: the last jobs wait for whichever slot is free first.
            if best.freeSlots == 0, waitingCount <= usableSlotCount { return }
            guard let job = popPending(equals, for: first) else { return }
            if let worker = choose(for: job, mayUseSurplus: waitingCount > usableSlotCount) {
                assign(job, to: worker, isCopy: false, at: now)
            } else if let record = jobs[job], isUnopposed(record) {
                awaitVote(on: job, at: now)
            } else {
                parked.append(job)
            }
        }
    }

    private func pendingCount(_ equals: Range<Int>) -> Int {
        equals.count == 1 ? runs[equals.lowerBound].pending.count : equals.reduce(0) { $0 + runs[$1].pending.count }
    }

    /// Takes a job of the run that has the least in flight, the older among equals.
    private mutating func popPending(_ equals: Range<Int>, for worker: WorkerIndex) -> JobIndex? {
        var chosen = equals.lowerBound
        if equals.count > 1 {
            let waiting = equals.filter { !runs[$0].pending.isEmpty }
            guard let least = waiting.min(by: { runs[$0].attemptCount < runs[$1].attemptCount }) else { return nil }
            chosen = least
        }
        return runs[chosen].pending.pop(after: workers[worker.value].lastJob)
    }

    /// Surplus places that are kept open beyond the jobs that wait for a slot: with more of them, a slot is free sooner.
    private static let openPlacesMargin = 8

    /// Takes back what waits at workers for lower runs, so that the next free slots are for the jobs that wait here.
    ///
    /// A worker begins its surplus job at once when a slot is free. Which slot will be the first is not known, so a few more are opened
    /// than there are jobs. What already runs is left to finish.
    ///
    /// - Returns: whether something was taken back.
    private mutating func openPlaces(for equals: Range<Int>) -> Bool {
        guard runs[equals.upperBound...].contains(where: { $0.surplusCount > 0 }) else { return false }
        let openCount = usableWorkerCount - runs.reduce(0) { $0 + $1.surplusCount }
        let wantedCount = pendingCount(equals) + Self.openPlacesMargin - openCount
        guard wantedCount > 0 else { return false }
        let priority = runs[equals.lowerBound].priority
        let surplus =
            attempts
            .filter { !$0.value.mayRun && runs[position(of: $0.value.job)].priority < priority }
            .map { (priority: runs[position(of: $0.value.job)].priority, attempt: $0.key) }
            // The oldest: their workers are the first to have a free slot.
            .sorted { ($0.priority, $0.attempt) < ($1.priority, $1.attempt) }
        for (_, attempt) in surplus.prefix(wantedCount) { giveBack(callOff(attempt).job) }
        return !surplus.isEmpty
    }

    /// The best ready worker for a job, nil if the job should rather wait for another one.
    ///
    /// Only the front of the heap is looked at; there the workers with the most free slots are.
    private func choose(for job: JobIndex, mayUseSurplus: Bool) -> WorkerIndex? {
        guard let record = jobs[job] else { return nil }
        var fresh: Candidate?
        var tried: Candidate?
        for (worker, readiness) in ready.front(Self.candidatesMax) {
            guard mayUseSurplus || readiness.freeSlots > 0, !record.hasVote(of: worker) else { continue }
            let candidate = candidate(worker, readiness, for: job, record)
            if record.failedOn.contains(worker) {
                tried = max(tried ?? candidate, candidate)
            } else {
                fresh = max(fresh ?? candidate, candidate)
            }
        }
        if let fresh { return fresh.worker }
        let excluded = Set(record.failedOn + record.votes.map(\.worker))
        let usedUp = excluded.count { workers[$0.value].health == .usable }
        return usableWorkerCount > usedUp ? nil : tried?.worker
    }

    private func candidate(
        _ worker: WorkerIndex, _ readiness: Readiness, for job: JobIndex, _ record: JobRecord
    ) -> Candidate {
        Candidate(
            freeSlots: readiness.freeSlots, missingCount: workers[worker.value].missingCount(of: record.blobs),
            isNext: record.continuesPrevious && workers[worker.value].lastJob?.value == job.value - 1, worker: worker)
    }

    private mutating func assign(_ job: JobIndex, to worker: WorkerIndex, isCopy: Bool, at now: Duration) {
        let attempt = AttemptIndex(attemptCount)
        attemptCount += 1
        let position = position(of: job)
        runs[position].counters.attemptsStarted += 1
        if isCopy { runs[position].counters.copiesStarted += 1 }
        if let failures = jobs[job]?.failures, failures > 0 { workers[worker.value].counters.retries += 1 }
        let mayRun = workers[worker.value].attempts.count < workers[worker.value].slots
        attempts[attempt] = AttemptRecord(job: job, worker: worker, startedAt: now, isCopy: isCopy, mayRun: mayRun)
        runs[position].attemptCount += 1
        if !mayRun { runs[position].surplusCount += 1 }
        if workers[worker.value].attempts.isEmpty { busyWorkerCount += 1 }
        workers[worker.value].attempts.append(attempt)
        if !isCopy { workers[worker.value].lastJob = job }
        refresh(worker)
        if let other = jobs[job]?.attempts.first {
            runs[position].loneAttempts.remove(other)
        } else {
            runs[position].loneAttempts.set(attempt, to: now)
        }
        jobs[job]?.attempts.append(attempt)
        advance(attempt, at: now)
    }

    /// Gives a second copy of a run's attempts that take too long to workers with a free slot.
    private mutating func copyStragglers(of position: Int, at now: Duration) {
        guard let median = runs[position].durations.value else { return }
        let age = max(median * limits.stragglerPercentOfMedian / 100, limits.stragglerAge)
        var stuck: [(AttemptIndex, Duration)] = []
        while let (_, best) = ready.first, best.freeSlots > 0, let (attempt, startedAt) = runs[position].loneAttempts.first {
            guard startedAt + age <= now else {
                let due = startedAt + age
                timers.set(.straggler, to: min(due, timers.priority(of: .straggler) ?? due))
                break
            }
            runs[position].loneAttempts.remove(attempt)
            guard let record = attempts[attempt] else { continue }
            if let worker = chooseForCopy(of: record) {
                outbox.append(.note(.stragglerCopied(record.job, from: record.worker, to: worker)))
                workers[record.worker.value].lastCause = "was slow with a job, so that a copy of it went elsewhere"
                assign(record.job, to: worker, isCopy: true, at: now)
            } else {
                stuck.append((attempt, startedAt))
            }
        }
        for (attempt, startedAt) in stuck { runs[position].loneAttempts.set(attempt, to: startedAt) }
    }

    private func chooseForCopy(of attempt: AttemptRecord) -> WorkerIndex? {
        // A job that has failed too often waits for what is in flight, and takes no further workers down.
        guard let job = jobs[attempt.job], mayBeTried(job) else { return nil }
        var best: Candidate?
        for (worker, readiness) in ready.front(Self.candidatesMax) {
            guard readiness.freeSlots > 0, worker != attempt.worker, !job.failedOn.contains(worker), !job.hasVote(of: worker)
            else { continue }
            let candidate = candidate(worker, readiness, for: attempt.job, job)
            best = max(best ?? candidate, candidate)
        }
        return best?.worker
    }
}
