package import Primitives

extension SchedulerState {
    /// Answers a 424: what the worker lacks is brought, and the same attempt is sent again.
    mutating func sendMissing(_ missing: [ContentHash], for attempt: AttemptIndex, at now: Duration) {
        guard var record = attempts[attempt], let job = jobs[record.job] else { return }
        count(\.missingBlobAnswers, of: record.job)
        guard !missing.isEmpty, missing.allSatisfy(job.blobs.contains) else {
            return fail(attempt, .invalidResult("asked for blobs that the job does not name"), at: now)
        }
        record.missingBlobRounds += 1
        guard record.missingBlobRounds < limits.missingBlobRoundsMax else {
            let cause =
                "a blob was missing \(record.missingBlobRounds) times in a row: the worker forgets blobs that its jobs need; give it more --memory"
            return fail(attempt, .refused(cause), at: now)
        }
        record.sentAt = nil
        attempts[attempt] = record
        leases.remove(attempt)
        workers[record.worker.value].lose(missing)
        advance(attempt, at: now)
    }

    mutating func uploaded(_ blob: ContentHash, to worker: WorkerIndex, at now: Duration) {
        guard known(worker) != nil, workers[worker.value].uploads.remove(blob) != nil else { return }
        closedCounters.uploadsDone += 1
        workers[worker.value].counters.uploadsDone += 1
        workers[worker.value].add(blob)
        noteProgress(at: now)
        advanceWaiting(at: worker, now: now)
    }

    /// Gives back the jobs that waited for the blob; they bear no blame. Ends their runs if the blob can never be right.
    mutating func uploadFailed(_ blob: ContentHash, to worker: WorkerIndex, _ failure: UploadFailure, at now: Duration) {
        guard known(worker) != nil, workers[worker.value].uploads.remove(blob) != nil else { return }
        closedCounters.uploadsFailed += 1
        let waiting = attempts(waitingFor: blob, at: worker)
        if case .rejected(let message) = failure {
            for run in Set(waiting.map(\.job.run)).sorted() { end(run, saying: .runFailed(run, nil, message)) }
            return
        }
        for (attempt, job) in waiting {
            count(\.attemptsCancelled, of: job)
            detach(attempt)
            giveBack(job)
        }
        switch failure {
        case .failed(let cause): suspect(worker, cause: cause, at: now)
        case .busy(let retryAfter): restrain(worker, for: retryAfter, at: now)
        case .unfit(let cause): exclude(worker, cause: cause, isRefusal: true)
        case .rejected, .abandoned: break
        }
    }

    /// The attempts at a worker that cannot be sent before the blob is there, and their jobs.
    private func attempts(waitingFor blob: ContentHash, at worker: WorkerIndex) -> [(attempt: AttemptIndex, job: JobIndex)] {
        workers[worker.value].attempts.compactMap { attempt in
            guard let record = attempts[attempt], record.sentAt == nil, jobs[record.job]?.blobs.contains(blob) == true
            else { return nil }
            return (attempt, record.job)
        }
    }

    /// The first run of which a job waits for the blob to be at the worker, nil if there is none.
    package func run(waitingFor blob: ContentHash, at worker: WorkerIndex) -> RunIndex? {
        attempts(waitingFor: blob, at: worker).map(\.job.run).min()
    }

    /// Sends the attempts of a worker that wait no longer, and fetches what the others wait for.
    mutating func advanceWaiting(at worker: WorkerIndex, now: Duration) {
        for attempt in workers[worker.value].attempts where attempts[attempt]?.sentAt == nil {
            advance(attempt, at: now)
        }
    }

    /// Sends an attempt if its worker holds every blob of the job; otherwise sees to it that the blobs are on their way.
    mutating func advance(_ attempt: AttemptIndex, at now: Duration) {
        guard let record = attempts[attempt], let needed = jobs[record.job]?.blobs else { return }
        let worker = record.worker
        guard workers[worker.value].holds(needed) else {
            for blob in needed where !workers[worker.value].blobs.contains(blob) {
                if workers[worker.value].uploads.insert(blob).inserted { outbox.append(.upload(blob, worker)) }
            }
            return
        }
        attempts[attempt]?.sentAt = now
        leases.renew(attempt, until: now + limits.lease)
        outbox.append(.send(attempt, record.job, worker))
    }
}
