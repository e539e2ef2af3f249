internal import Primitives

/// Runs that begin, get jobs, and end, side by side.
extension SchedulerState {
    /// Where the run's record is, nil for one that is not on.
    ///
    /// - Complexity: O(n) in runs. An index is compared in place: a closure would get a copy of the record.
    func position(of run: RunIndex) -> Int? {
        for position in runs.indices where runs[position].run == run { return position }
        return nil
    }

    /// Where the record of a job's run is. A job lives no longer than its run.
    func position(of job: JobIndex) -> Int {
        guard let position = position(of: job.run) else { preconditionFailure("\(job) outlived its run") }
        return position
    }

    mutating func begin(_ run: RunIndex, _ priority: RunPriority, at now: Duration) {
        precondition(run.value == runCount, "expected run \(runCount), found \(run)")
        runCount += 1
        let isFirst = runs.isEmpty
        runs.insert(RunRecord(run, priority), at: runs.firstIndex { $0.priority < priority } ?? runs.endIndex)
        noteProgress(at: now)
        guard isFirst else { return }
        // What was under way when the last run ended was called off.
        announcedWake = nil
        for worker in workers.indices.map(WorkerIndex.init) {
            workers[worker.value].uploads.removeAll()
            switch workers[worker.value].health {
            case .joining, .probing: probe(worker)
            case .usable, .suspect, .draining, .excluded, .gone: break
            }
        }
    }

    /// Does nothing for a run that is over.
    mutating func add(_ job: JobIndex, _ blobs: [ContentHash], continuesPrevious: Bool) {
        guard let position = position(of: job.run) else { return }
        precondition(!runs[position].noMoreJobs, "\(job) was added after the last one")
        let addedCount = runs[position].counters.jobsAdded
        precondition(job.number == addedCount, "expected job \(addedCount), found \(job)")
        runs[position].counters.jobsAdded += 1
        runs[position].liveJobCount += 1
        runs[position].pending.add(job, continuesPrevious: continuesPrevious)
        jobs[job] = JobRecord(blobs: blobs, continuesPrevious: continuesPrevious)
    }

    /// Takes a job out of all records but those of attempts.
    mutating func remove(_ job: JobIndex) -> JobRecord? {
        guard let record = jobs.removeValue(forKey: job) else { return nil }
        let position = position(of: job)
        runs[position].liveJobCount -= 1
        runs[position].pending.remove(job)
        return record
    }

    /// Puts a job back into the queue of its run.
    mutating func putBack(_ job: JobIndex) { runs[position(of: job)].pending.putBack(job) }

    /// Ends the runs that are done, and all when there is nobody left to work.
    mutating func superviseRuns(at now: Duration) {
        var position = 0
        while position < runs.count {
            if runs[position].isDone { end(runs[position].run, saying: .finished(runs[position].run)) } else { position += 1 }
        }
        if isRunning { superviseGrace(at: now) }
    }

    /// Cancels what the run has in flight, forgets its jobs, and says `last`. Other runs go on.
    mutating func end(_ run: RunIndex, saying last: SchedulerInstruction? = nil) {
        guard let position = position(of: run) else { return }
        if runs[position].attemptCount > 0 {
            for attempt in attempts.keys.sorted() where attempts[attempt]?.job.run == run {
                outbox.append(.cancel(attempt))
                runs[position].counters.attemptsCancelled += 1
                promoteSurplus(of: detach(attempt).worker)
            }
        }
        if runs[position].liveJobCount > 0 {
            for job in jobs.keys where job.run == run { jobs.removeValue(forKey: job) }
            parked.removeAll { $0.run == run }
            stranded.removeAll { $0.run == run }
            if stranded.isEmpty { timers.remove(.vote) }
        }
        let ended = runs.remove(at: position)
        closedCounters += ended.counters
        endedCounters[run] = ended.counters
        if runs.isEmpty {
            for timer in [SchedulerTimer.straggler, .vote, .grace, .stall] { timers.remove(timer) }
        }
        if let last { outbox.append(last) }
    }

    /// Ends every run, because nobody works.
    mutating func loseWorkers(_ reason: String) {
        for run in runs.map(\.run) { end(run) }
        outbox.append(.workersLost(reason))
    }
}
