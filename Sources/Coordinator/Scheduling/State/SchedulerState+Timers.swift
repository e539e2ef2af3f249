extension SchedulerState {
    /// Acts on every timer that is due.
    ///
    /// When the first of them is due for long, the clock has jumped, or this process was stopped: signs of life that came in the
    /// meantime are still to be read. Leases and the limits of the runs then start anew; all else is acted on late.
    mutating func fireTimers(at now: Duration) {
        if let announced = announcedWake, announced <= now { announcedWake = nil }
        if let due = nextDue, now - due > limits.latenessMax {
            leases.renewAll(until: now + limits.lease)
            noteProgress(at: now)
            timers.remove(.grace)  // Set anew after the event, if there is still no usable worker.
        }
        while let (attempt, due) = leases.first, due <= now {
            leases.remove(attempt)
            outbox.append(.cancel(attempt))
            fail(attempt, .timedOut("no sign of life within \(limits.lease.seconds)"), at: now)
        }
        while let (timer, due) = timers.first, due <= now {
            timers.remove(timer)
            switch timer {
            case .worker(let worker): endPause(of: worker)
            case .straggler: break  // The dispatch after every event looks for stragglers.
            case .vote: endVoteWait()
            // As long as the source gives no job, such as when it goes through results that are known, nobody is missed.
            case .grace where jobs.isEmpty: break
            case .stall where jobs.isEmpty: noteProgress(at: now)
            case .grace: loseWorkers("no usable worker")
            case .stall: loseWorkers("no progress within \(limits.stall.seconds)")
            }
        }
    }

    /// Asks to be woken for the earliest timer, unless an earlier wake is already on its way.
    mutating func announceWake() {
        guard let due = nextDue else { return }
        if let announced = announcedWake, announced <= due { return }
        announcedWake = due
        outbox.append(.wake(at: due))
    }

    /// The first moment that something depends on.
    var nextDue: Duration? {
        guard let lease = leases.first?.due else { return timers.first?.priority }
        return timers.first.map { min($0.priority, lease) } ?? lease
    }

    /// Puts off the moment at which the runs are given up as stalled.
    mutating func noteProgress(at now: Duration) {
        if isRunning { timers.set(.stall, to: now + limits.stall) }
    }

    /// Starts or stops the time that runs may go on without a usable worker.
    mutating func superviseGrace(at now: Duration) {
        guard usableWorkerCount == 0 else { return timers.remove(.grace) }
        let isHopeless = recoverableWorkerCount == 0 && refusingWorkerCount > 0 && refusingWorkerCount == excludedWorkerCount
        let due = now + (isHopeless ? limits.hopelessGrace : limits.grace)
        if let running = timers.priority(of: .grace), running <= due { return }
        timers.set(.grace, to: due)
    }
}

extension Duration {
    /// Such as `1.5 s`.
    package var seconds: String {
        let hundredths = Int((self / .milliseconds(10)).rounded())
        return hundredths % 100 == 0 ? "\(hundredths / 100) s" : "\(Double(hundredths) / 100) s"
    }
}
