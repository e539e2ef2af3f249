import Core

extension SchedulerState {
    /// How many ready workers are compared for one job: enough that, whatever the job excludes, one of them will do.
    private static let candidatesMax = 8

    /// Gives jobs to workers until there are no more jobs or no more room.
    mutating func dispatch(at now: Duration) {
        for job in parked where jobs[job] != nil { pending.set(job, to: job) }
        parked.removeAll()
        while let (job, _) = pending.first, let (_, best) = ready.first {
            // The surplus places are for a full queue: the last jobs wait for whichever slot is free first.
            if best.freeSlots == 0, pending.count <= usableSlotCount { break }
            pending.remove(job)
            if let worker = choose(for: job, mayUseSurplus: pending.count >= usableSlotCount) {
                assign(job, to: worker, isCopy: false, at: now)
            } else if let record = jobs[job], isUnopposed(record) {
                awaitOpinion(on: job, at: now)
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
        let candidates = ready.front(Self.candidatesMax).filter { worker, readiness in
            (mayUseSurplus || readiness.freeSlots > 0) && !record.opinions.contains { $0.worker == worker }
        }
        let fresh = candidates.filter { !record.failedOn.contains($0.element) }
        if let best = best(of: fresh, for: record) { return best }
        let excluded = Set(record.failedOn + record.opinions.map(\.worker))
        let usedUp = excluded.count { workers[$0.value].health == .usable }
        return usableWorkerCount > usedUp ? nil : best(of: candidates, for: record)
    }

    /// The candidate with the most free slots; among equals the one that lacks the fewest of the job's blobs.
    private func best(
        of candidates: [(element: WorkerIndex, priority: Readiness)], for job: JobRecord
    ) -> WorkerIndex? {
        var best: (worker: WorkerIndex, freeSlots: Int, missing: Int)?
        for (worker, readiness) in candidates {
            let held = workers[worker.value].blobs
            let missing = job.blobs.count { !held.contains($0) }
            if let best, (readiness.freeSlots, -missing, best.worker) <= (best.freeSlots, -best.missing, worker) { continue }
            best = (worker, readiness.freeSlots, missing)
        }
        return best?.worker
    }

    private mutating func assign(_ job: JobIndex, to worker: WorkerIndex, isCopy: Bool, at now: Duration) {
        let attempt = AttemptIndex(attemptCount)
        attemptCount += 1
        counters.attemptsStarted += 1
        if isCopy { counters.copiesStarted += 1 }
        if let record = jobs[job], record.failures > 0 { workers[worker.value].counters.retries += 1 }
        attempts[attempt] = AttemptRecord(
            job: job, worker: worker, startedAt: now, isCopy: isCopy,
            mayRun: workers[worker.value].attempts.count < workers[worker.value].slots)
        if workers[worker.value].attempts.isEmpty { busyWorkerCount += 1 }
        workers[worker.value].attempts.append(attempt)
        refresh(worker)
        for other in jobs[job]?.attempts ?? [] { loneAttempts.remove(other) }
        jobs[job]?.attempts.append(attempt)
        if jobs[job]?.attempts.count == 1 { loneAttempts.set(attempt, to: now) }
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
        guard let job = jobs[attempt.job] else { return nil }
        let candidates = ready.front(Self.candidatesMax).filter { worker, readiness in
            readiness.freeSlots > 0 && worker != attempt.worker && !job.failedOn.contains(worker)
                && !job.opinions.contains { $0.worker == worker }
        }
        return best(of: candidates, for: job)
    }
}
