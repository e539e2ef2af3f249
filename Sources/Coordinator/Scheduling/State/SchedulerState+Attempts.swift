internal import Primitives

extension SchedulerState {
    /// Starts the lease anew.
    mutating func renew(_ attempt: AttemptIndex, at now: Duration) {
        guard attempts[attempt]?.sentAt != nil else { return }
        leases.renew(attempt, until: now + limits.lease)
        noteProgress(at: now)
    }

    mutating func succeed(_ attempt: AttemptIndex, digest: ContentHash?, at now: Duration) {
        guard let record = attempts[attempt], let sentAt = record.sentAt else { return }
        detach(attempt)
        noteProgress(at: now)
        let position = position(of: record.job)
        runs[position].durations.add(now - sentAt)
        runs[position].counters.attemptsSucceeded += 1
        let worker = record.worker
        workers[worker.value].consecutiveFailures = 0
        workers[worker.value].counters.jobsDone += 1
        promoteSurplus(of: worker)
        refresh(worker)
        if let digest, isVerified(record.job) {
            return weigh(Vote(attempt: attempt, worker: worker, digest: digest), on: record.job, at: now)
        }
        if record.isCopy { runs[position].counters.copiesWon += 1 }
        complete(record.job, with: attempt)
    }

    /// Takes the attempt's result as the job's.
    mutating func complete(_ job: JobIndex, with attempt: AttemptIndex) {
        cancelAttempts(of: job)
        guard let record = remove(job) else { return }
        runs[position(of: job)].counters.jobsDone += 1
        for vote in record.votes where vote.attempt != attempt { outbox.append(.discard(vote.attempt)) }
        outbox.append(.completed(job, attempt))
    }

    /// Ends a job without a result.
    mutating func withdraw(_ job: JobIndex) {
        cancelAttempts(of: job)
        guard let record = remove(job) else { return }
        runs[position(of: job)].counters.jobsWithdrawn += 1
        for vote in record.votes { outbox.append(.discard(vote.attempt)) }
    }

    /// Calls off what is in flight for a job.
    mutating func cancelAttempts(of job: JobIndex) {
        for attempt in jobs[job]?.attempts ?? AttemptPair() {
            promoteSurplus(of: callOff(attempt).worker)
        }
    }

    mutating func fail(_ attempt: AttemptIndex, _ failure: AttemptFailure, at now: Duration) {
        guard let record = attempts[attempt], record.sentAt != nil else { return }
        let worker = record.worker
        switch failure {
        case .missingBlobs(let blobs):
            return sendMissing(blobs, for: attempt, at: now)
        case .rejected(let message):
            detach(attempt)
            count(\.attemptsRefused, of: record.job)
            return end(record.job.run, saying: .runFailed(record.job.run, record.job, message))
        case .busy(let retryAfter):
            detach(attempt)
            count(\.attemptsBusy, of: record.job)
            restrain(worker, for: retryAfter, at: now)
        case .draining:
            detach(attempt)
            count(\.attemptsDraining, of: record.job)
            drain(worker, at: now)
        case .unreachable(let cause):
            detach(attempt)
            count(\.attemptsLost, of: record.job, at: worker)
            suspect(worker, cause: cause, at: now)
        case .unfit(let cause):
            detach(attempt)
            count(\.attemptsRefused, of: record.job, at: worker)
            exclude(worker, cause: cause, isRefusal: true)
        case .connectionLost(let cause):
            detach(attempt)
            count(\.attemptsLost, of: record.job, at: worker)
            if record.mayRun { blame(record.job, on: worker, cause: cause) }
            suspect(worker, cause: cause, at: now)
        case .timedOut(let cause):
            detach(attempt)
            count(\.attemptsTimedOut, of: record.job, at: worker)
            if record.mayRun { blame(record.job, on: worker, cause: cause) }
            suspect(worker, cause: cause, at: now)
        case .refused(let cause):
            detach(attempt)
            count(\.attemptsRefused, of: record.job, at: worker)
            blame(record.job, on: worker, cause: cause)
            suspect(worker, cause: cause, at: now)
        case .invalidResult(let cause):
            detach(attempt)
            count(\.attemptsInvalid, of: record.job, at: worker)
            blame(record.job, on: worker, cause: cause)
            workers[worker.value].invalidResults += 1
            if workers[worker.value].invalidResults >= limits.invalidResultsMax {
                exclude(worker, cause: "\(workers[worker.value].invalidResults) invalid results, the last: \(cause)")
            } else {
                promoteSurplus(of: worker)
            }
        }
        giveBack(record.job)
    }

    /// Counts something of the job's run.
    mutating func count(_ counter: WritableKeyPath<SchedulerCounters, Int>, of job: JobIndex) {
        runs[position(of: job)].counters[keyPath: counter] += 1
    }

    mutating func count(
        _ outcome: WritableKeyPath<SchedulerCounters, Int>, of job: JobIndex, at worker: WorkerIndex
    ) {
        count(outcome, of: job)
        workers[worker.value].counters.attemptsFailed += 1
    }

    /// Ends an attempt that is of no interest any more. The job has to be given back or ended.
    @discardableResult
    mutating func callOff(_ attempt: AttemptIndex) -> AttemptRecord {
        outbox.append(.cancel(attempt))
        let record = detach(attempt)
        count(\.attemptsCancelled, of: record.job)
        return record
    }

    /// Takes an attempt out of every record. The job is left with one attempt less, and has to be given back or ended.
    @discardableResult
    mutating func detach(_ attempt: AttemptIndex) -> AttemptRecord {
        guard let record = attempts.removeValue(forKey: attempt) else { preconditionFailure("\(attempt) is not in flight") }
        leases.remove(attempt)
        let position = position(of: record.job)
        runs[position].loneAttempts.remove(attempt)
        runs[position].attemptCount -= 1
        if !record.mayRun { runs[position].surplusCount -= 1 }
        jobs[record.job]?.attempts.remove(attempt)
        workers[record.worker.value].attempts.removeAll { $0 == attempt }
        if workers[record.worker.value].attempts.isEmpty { busyWorkerCount -= 1 }
        refresh(record.worker)
        return record
    }

    /// Notes that `worker` failed the job.
    mutating func blame(_ job: JobIndex, on worker: WorkerIndex, cause: String) {
        guard var record = jobs[job] else { return }
        record.failures += 1
        if record.firstCause == nil { record.firstCause = cause }
        if !record.failedOn.contains(worker) { record.failedOn.append(worker) }
        jobs[job] = record
        outbox.append(.note(.jobFailed(job, worker, cause: cause)))
    }

    /// Puts a job back into the queue, unless another copy is in flight, or it has failed too often.
    mutating func giveBack(_ job: JobIndex) {
        guard let record = jobs[job] else { return }
        if let survivor = record.attempts.first {
            if let start = attempts[survivor]?.startedAt { runs[position(of: job)].loneAttempts.set(survivor, to: start) }
        } else if mayBeTried(record) {
            putBack(job)
        } else if !record.votes.isEmpty {
            settle(job)
        } else {
            _ = remove(job)
            count(\.jobsPoisoned, of: job)
            outbox.append(.poisoned(job, cause: record.firstCause ?? "unknown"))
        }
    }

    /// Whether the job has failed so seldom that it may be lent again.
    func mayBeTried(_ job: JobRecord) -> Bool {
        job.failedOn.count < limits.distinctWorkersMax && job.failures < limits.jobFailuresMax
    }

    /// Once a slot of a living worker is free, its surplus attempt may run there.
    mutating func promoteSurplus(of worker: WorkerIndex) {
        for attempt in workers[worker.value].attempts.prefix(workers[worker.value].slots) {
            guard let record = attempts[attempt], !record.mayRun else { continue }
            attempts[attempt]?.mayRun = true
            runs[position(of: record.job)].surplusCount -= 1
        }
    }
}
