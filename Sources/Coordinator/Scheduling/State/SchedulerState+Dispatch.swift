extension SchedulerState {
    /// How many ready workers are compared for one job: enough that, whatever the job excludes, one of them will do.
    private static let candidatesMax = 8

    /// Gives jobs to workers until there are no more jobs or no more room.
    mutating func dispatch(at now: Duration) {
        if !parked.isEmpty {
            for job in parked where jobs.contains(job) { pending.putBack(job) }
            parked.removeAll(keepingCapacity: true)
        }
        while let (first, best) = ready.first {
            // The surplus places are for a full queue: the last jobs wait for whichever slot is free first.
            if best.freeSlots == 0, pending.count <= usableSlotCount { break }
            guard let job = pending.pop(after: workers[first.value].lastJob) else { break }
            if let worker = choose(for: job, mayUseSurplus: pending.count >= usableSlotCount) {
                assign(job, to: worker, isCopy: false, at: now)
            } else if let record = jobs[job], isUnopposed(record) {
                awaitVote(on: job, at: now)
            } else {
                parked.append(job)
            }
        }
        if pending.isEmpty { copyStragglers(at: now) } else { timers.remove(.straggler) }
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
        counters.attemptsStarted += 1
        if isCopy { counters.copiesStarted += 1 }
        if let failures = jobs[job]?.failures, failures > 0 { workers[worker.value].counters.retries += 1 }
        attempts[attempt] = AttemptRecord(
            job: job, worker: worker, startedAt: now, isCopy: isCopy,
            mayRun: workers[worker.value].attempts.count < workers[worker.value].slots)
        if workers[worker.value].attempts.isEmpty { busyWorkerCount += 1 }
        workers[worker.value].attempts.append(attempt)
        if !isCopy { workers[worker.value].lastJob = job }
        refresh(worker)
        if let other = jobs[job]?.attempts.first {
            loneAttempts.remove(other)
        } else {
            loneAttempts.set(attempt, to: now)
        }
        jobs[job]?.attempts.append(attempt)
        advance(attempt, at: now)
    }

    /// Gives a second copy of attempts that take too long to workers with a free slot.
    private mutating func copyStragglers(at now: Duration) {
        timers.remove(.straggler)
        guard let median = durations.value else { return }
        let age = max(median * limits.stragglerPercentOfMedian / 100, limits.stragglerAge)
        var stuck: [(AttemptIndex, Duration)] = []
        while let (_, best) = ready.first, best.freeSlots > 0, let (attempt, startedAt) = loneAttempts.first {
            guard startedAt + age <= now else {
                timers.set(.straggler, to: startedAt + age)
                break
            }
            loneAttempts.remove(attempt)
            guard let record = attempts[attempt] else { continue }
            if let worker = chooseForCopy(of: record) {
                outbox.append(.note(.stragglerCopied(record.job, from: record.worker, to: worker)))
                workers[record.worker.value].lastCause = "was slow with a job, so that a copy of it went elsewhere"
                assign(record.job, to: worker, isCopy: true, at: now)
            } else {
                stuck.append((attempt, startedAt))
            }
        }
        for (attempt, startedAt) in stuck { loneAttempts.set(attempt, to: startedAt) }
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
