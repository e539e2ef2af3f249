extension SchedulerState {
    mutating func join(_ worker: WorkerIndex) {
        precondition(worker.value == workers.count, "expected worker \(workers.count), found \(worker)")
        workers.append(WorkerRecord())
        recoverableWorkerCount += 1
        if isRunning { probe(worker) }
    }

    /// Takes a worker away for good. After a death, the jobs that it may have been computing bear the blame.
    mutating func leave(_ worker: WorkerIndex, cause: String, isDeath: Bool) {
        guard let record = known(worker), record.health.isRecoverable else { return }
        workers[worker.value].lastCause = cause
        setHealth(of: worker, to: .gone)
        outbox.append(.note(.workerGone(worker, cause: cause)))
        for attempt in record.attempts {
            outbox.append(.cancel(attempt))
            let ended = detach(attempt)
            if isDeath, ended.mayRun, ended.sentAt != nil {
                count(\.attemptsLost, of: ended.job, at: worker)
                blame(ended.job, on: worker, cause: cause)
            } else {
                count(\.attemptsCancelled, of: ended.job)
            }
            giveBack(ended.job)
        }
    }

    /// Never uses the worker again in this command.
    ///
    /// - Parameter isRefusal: whether the worker does not want us, and not we it.
    mutating func exclude(_ worker: WorkerIndex, cause: String, isRefusal: Bool = false) {
        guard let record = known(worker), record.health.isRecoverable else { return }
        if isRefusal { refusingWorkerCount += 1 }
        workers[worker.value].lastCause = cause
        setHealth(of: worker, to: .excluded)
        outbox.append(.note(.workerExcluded(worker, cause: cause)))
        for attempt in record.attempts {
            giveBack(callOff(attempt).job)
        }
    }

    mutating func drain(_ worker: WorkerIndex, at now: Duration) {
        guard let record = known(worker), record.health.isRecoverable else { return }
        if record.health != .draining { outbox.append(.note(.workerDraining(worker))) }
        workers[worker.value].lastCause = "draining"
        setHealth(of: worker, to: .draining)
        if record.isListed { timers.set(.worker(worker), to: now + limits.drainingPause) }
    }

    /// Opens the breaker, or counts another failure of a worker that was on trial.
    mutating func suspect(_ worker: WorkerIndex, cause: String, at now: Duration) {
        workers[worker.value].lastCause = cause
        switch workers[worker.value].health {
        case .usable, .probing:
            workers[worker.value].consecutiveFailures += 1
            let failures = workers[worker.value].consecutiveFailures
            let pause = limits.backoff.pause(afterFailures: failures, using: &generator)
            setHealth(of: worker, to: .suspect)
            timers.set(.worker(worker), to: now + pause)
            outbox.append(.note(.workerSuspect(worker, cause: cause, pause: pause)))
        case .joining, .suspect, .draining, .excluded, .gone:
            break  // The failures of the other attempts of a worker that is already left alone say nothing new.
        }
    }

    /// Offers the worker no more than what it has now, until the pause that it asked for is over.
    mutating func restrain(_ worker: WorkerIndex, for pause: Duration, at now: Duration) {
        workers[worker.value].counters.busyAnswers += 1
        guard workers[worker.value].health == .usable else { return }
        workers[worker.value].concurrencyCap = workers[worker.value].attempts.count
        refresh(worker)
        let bounds = limits.busyPause
        timers.set(.worker(worker), to: now + min(max(pause, bounds.lowerBound), bounds.upperBound))
    }

    /// What follows a pause: a suspect or draining worker is probed, a busy one is offered jobs as before.
    mutating func endPause(of worker: WorkerIndex) {
        switch workers[worker.value].health {
        case .suspect, .draining:
            if isRunning { probe(worker) } else { setHealth(of: worker, to: .joining) }
        case .usable:
            workers[worker.value].concurrencyCap = nil
            refresh(worker)
        case .joining, .probing, .excluded, .gone:
            break
        }
    }

    mutating func probe(_ worker: WorkerIndex) {
        setHealth(of: worker, to: .probing)
        outbox.append(.probe(worker))
    }

    mutating func probed(_ worker: WorkerIndex, _ answer: ProbeAnswer, at now: Duration) {
        guard let record = known(worker), record.health == .probing else { return }
        switch answer {
        case .described(let slots, let blobs, let isDraining):
            workers[worker.value].slots = max(1, slots)
            workers[worker.value].hold(only: blobs)
            workers[worker.value].concurrencyCap = nil
            if isDraining {
                drain(worker, at: now)
            } else {
                setHealth(of: worker, to: .usable)
                outbox.append(.note(.workerUsable(worker, slots: max(1, slots))))
                advanceWaiting(at: worker, now: now)
            }
        case .failed(let cause): suspect(worker, cause: cause, at: now)
        case .unfit(let cause): exclude(worker, cause: cause, isRefusal: true)
        }
    }

    /// The record of a worker, nil for an index that never joined.
    func known(_ worker: WorkerIndex) -> WorkerRecord? {
        workers.indices.contains(worker.value) ? workers[worker.value] : nil
    }

    mutating func setHealth(of worker: WorkerIndex, to health: WorkerRecord.Health) {
        let old = workers[worker.value].health
        guard old != health else { return }
        workers[worker.value].health = health
        let slots = workers[worker.value].slots
        if old == .usable {
            usableWorkerCount -= 1
            usableSlotCount -= slots
        }
        if health == .usable {
            usableWorkerCount += 1
            usableSlotCount += slots
            reviveStranded()
        }
        if old.isRecoverable, !health.isRecoverable { recoverableWorkerCount -= 1 }
        if health == .excluded { excludedWorkerCount += 1 }
        timers.remove(.worker(worker))
        workers[worker.value].concurrencyCap = nil
        refresh(worker)
    }

    /// Brings the queue of ready workers up to date with the worker's record.
    mutating func refresh(_ worker: WorkerIndex) {
        if workers[worker.value].hasRoom {
            ready.set(worker, to: Readiness(freeSlots: workers[worker.value].freeSlots, worker: worker))
        } else {
            ready.remove(worker)
        }
    }
}

/// Workers that a changing list names, names no more, and names again.
extension SchedulerState {
    /// The worker was removed from the list: it finishes its jobs and receives no new ones until it is listed again.
    mutating func retire(_ worker: WorkerIndex) {
        guard let record = known(worker), record.isListed else { return }
        workers[worker.value].isListed = false
        guard record.health.isRecoverable else { return }
        workers[worker.value].lastCause = "not listed any more"
        outbox.append(.note(.workerRetired(worker)))
        setHealth(of: worker, to: .draining)
        // A drained worker would be asked again.
        timers.remove(.worker(worker))
    }

    /// The worker is listed again: it is asked what it is, and used.
    mutating func reinstate(_ worker: WorkerIndex) {
        guard let record = known(worker), !record.isListed else { return }
        workers[worker.value].isListed = true
        guard record.health == .draining else { return }
        if isRunning { probe(worker) } else { setHealth(of: worker, to: .joining) }
    }
}
