@testable import Coordinator
@testable import Primitives
@testable import Scheduling

extension SimulatedWorld {
    /// What the world knows of the jobs of one run.
    struct Books {
        let priority: RunPriority
        /// Whether it has ended, in whatever way.
        var isOver = false
        var isCancelled = false
        var needs: [[ContentHash]] = []
        var completions: [Int]
        var isGivenUp: [Bool]
        /// Workers that a job was ever sent to, and those that are said to have failed it, once for each time.
        var sentTo: [[WorkerIndex]]
        var failedOn: [[WorkerIndex]]
        /// Workers that have the job now.
        var holders: [[WorkerIndex]]
        /// Results that came when they were still wanted, of each job, by the worker.
        var votes: [[WorkerIndex: ContentHash]]
        /// Jobs that were to be confirmed and were completed with a result of one worker alone.
        var unconfirmedCount = 0

        init(_ priority: RunPriority, jobCount: Int) {
            self.priority = priority
            completions = Array(repeating: 0, count: jobCount)
            isGivenUp = Array(repeating: false, count: jobCount)
            sentTo = Array(repeating: [], count: jobCount)
            (failedOn, holders) = (sentTo, sentTo)
            votes = Array(repeating: [:], count: jobCount)
        }
    }

    /// Within this time some job ends as long as an honest worker lives: even if each of a job's failures takes a lease and the
    /// slowest work.
    private static let progressTimeMax = Duration.seconds(5 * (120 + 90))
    /// How much later than announced a probe may come: each answer of a draining worker puts it off.
    private static let probeSlack = Duration.seconds(60)

    /// Notes that an attempt is on its way.
    mutating func takeOff(_ attempt: AttemptIndex, _ job: JobIndex, _ worker: WorkerIndex) {
        if flights.contains(attempt) { problems.append("\(attempt) was sent twice") }
        if books[job.run.value].completions[job.number] > 0 || books[job.run.value].isGivenUp[job.number] {
            problems.append("\(job) was sent after its end")
        }
        if books[job.run.value].holders[job.number].count > 1 {
            problems.append("\(job) was sent to \(worker) while two others have it")
        }
        if books[job.run.value].holders[job.number].contains(worker) { problems.append("\(worker) got \(job) twice at a time") }
        let flight = Flight(job: job, worker: worker, needs: books[job.run.value].needs[job.number])
        flights[attempt] = flight
        sent[attempt] = flight
        books[job.run.value].holders[job.number].append(worker)
        books[job.run.value].sentTo[job.number].append(worker)
        inFlightCounts[worker.value] += 1
        let (count, slots) = (inFlightCounts[worker.value], workers[worker.value].slots)
        if count > slots + 1 { problems.append("\(worker): \(count) in flight, \(slots) slots") }
    }

    /// Notes that an attempt has ended or was called off.
    mutating func land(_ attempt: AttemptIndex) {
        guard let flight = flights.removeValue(forKey: attempt) else { return }
        inFlightCounts[flight.worker.value] -= 1
        books[flight.job.run.value].holders[flight.job.number].removeAll { $0 == flight.worker }
    }

    /// Compares what the scheduler says with the books.
    mutating func check(_ instruction: SchedulerInstruction) {
        switch instruction {
        case .completed(let job, let attempt):
            books[job.run.value].completions[job.number] += 1
            lastProgress = now
            if books[job.run.value].completions[job.number] != 1 { problems.append("\(job) completed twice, by \(attempt)") }
            if books[job.run.value].isGivenUp[job.number] { problems.append("\(job) completed after it was given up") }
            if faults.killers.contains(job.number) { problems.append("\(job) cannot complete") }
            if sent[attempt]?.job != job { problems.append("\(job) completed with \(attempt), which is of another job") }
            guard let digest = valid[attempt] else {
                return problems.append("\(job) completed without a result of \(attempt)")
            }
            guard state.isVerified(job) else { return }
            if books[job.run.value].votes[job.number].values.count(where: { $0 == digest }) < 2 {
                books[job.run.value].unconfirmedCount += 1
                let counted = state.counters(of: job.run)?.jobsUnverified ?? 0
                if books[job.run.value].unconfirmedCount > counted {
                    problems.append("\(job) was not confirmed; \(counted) count so")
                }
            } else if digest != Self.truth {
                problems.append("\(job) completed with a lie")
            }
        case .poisoned(let job, _):
            let failures = books[job.run.value].failedOn[job.number]
            let distinctCount = Set(failures).count
            if distinctCount < state.limits.distinctWorkersMax, failures.count < state.limits.jobFailuresMax {
                problems.append("\(job) was given up after \(failures.count) failures on \(distinctCount) workers")
            }
            giveUp(job)
        case .noQuorum(let job, _):
            if !state.isVerified(job) { problems.append("\(job) is noQuorum, but not verified") }
            giveUp(job)
        case .note(let note): check(note)
        case .probe(let worker): probesDue.remove(worker)
        case .upload, .send, .cancel, .discard, .finished, .runFailed, .workersLost, .wake: break
        }
    }

    /// Takes a job back, unless it has ended.
    mutating func withdraw(_ job: JobIndex) {
        guard end == nil, !books[job.run.value].isOver else { return }
        if books[job.run.value].completions[job.number] == 0, !books[job.run.value].isGivenUp[job.number] { giveUp(job) }
        tell(.jobWithdrawn(job))
        if let holder = books[job.run.value].holders[job.number].first {
            problems.append("\(job) was withdrawn, and \(holder) still has it")
        }
    }

    private mutating func giveUp(_ job: JobIndex) {
        if books[job.run.value].completions[job.number] > 0 || books[job.run.value].isGivenUp[job.number] {
            problems.append("\(job) was given up after its end")
        }
        books[job.run.value].isGivenUp[job.number] = true
        lastProgress = now
    }

    private mutating func check(_ note: SchedulerNote) {
        switch note {
        case .jobFailed(let job, let worker, _):
            books[job.run.value].failedOn[job.number].append(worker)
            // What is in flight when a job fails for the last time may fail as well.
            if books[job.run.value].failedOn[job.number].count > state.limits.jobFailuresMax + 1 {
                problems.append("\(job) is tried again and again: it failed on \(books[job.run.value].failedOn[job.number])")
            }
            if !books[job.run.value].sentTo[job.number].contains(worker) {
                problems.append("\(worker) failed \(job), which it never had")
            }
        case .workerSuspect(let worker, _, let pause): probesDue.set(worker, to: clock + pause)
        case .workerDraining(let worker): probesDue.set(worker, to: clock + state.limits.drainingPause)
        case .workerExcluded(let worker, let cause):
            probesDue.remove(worker)
            let character = workers[worker.value].character
            if character != .garbling, character != .lying {
                problems.append("\(worker), which is \(character), was excluded: \(cause)")
            }
        case .workerGone(let worker, _), .workerUsable(let worker, _), .workerRetired(let worker): probesDue.remove(worker)
        case .stragglerCopied, .unverified: break
        }
    }

    /// The scheduler's clock.
    var clock: Duration { now + clockOffset }

    /// What must hold after every event, and can be seen at a glance.
    mutating func checkEvent() {
        guard end == nil else { return }
        if let best = state.ready.first?.priority, best.freeSlots > 0, let run = state.runs.first(where: { !$0.pending.isEmpty })
        {
            problems.append("at \(now): \(run.pending.count) jobs of \(run.run) wait although a slot is free")
        }
        if !isHopeless, now - lastProgress > Self.progressTimeMax {
            problems.append("at \(now): no progress since \(lastProgress)")
        }
        guard let wake = wakes.first?.priority else { return problems.append("at \(now): nothing to wake up for") }
        // After a jump of the clock, what is overdue comes first.
        if wake > clock, let (worker, due) = probesDue.first, due + Self.probeSlack < clock {
            problems.append("at \(clock): \(worker) should have been probed at \(due)")
        }
    }

    /// What must hold after every event, but takes a look at every record.
    mutating func checkInvariants() {
        problems += state.brokenInvariants().map { "at \(now): \($0)" }
        for (attempt, flight) in flights where state.attempts[attempt]?.worker != flight.worker {
            problems.append("at \(now): \(attempt) is at \(flight.worker), and the scheduler does not know it")
        }
    }

    /// Jobs of the highest priority go first: while one waits, no lower run gets a worker, and what waits at workers for lower runs is
    /// taken back.
    ///
    /// - Parameter first: the first attempt that the last event may have led to.
    mutating func checkPriorities(from first: Int) {
        guard let urgent = state.runs.first(where: { !$0.pending.isEmpty }) else { return }
        for attempt in (first..<state.attemptCount).map(AttemptIndex.init) {
            guard let job = state.attempts[attempt]?.job, books[job.run.value].priority < urgent.priority else { continue }
            problems.append("at \(now): \(job) was handed out while \(urgent.pending.count) jobs of \(urgent.run) wait")
        }
    }

    /// Notes that a run has ended, with all of its jobs unless it was called off.
    mutating func close(_ run: RunIndex) {
        books[run.value].isOver = true
        let left = flights.values.count { $0.job.run == run }
        if left > 0 { problems.append("\(run) ended with \(left) attempts in flight") }
        if books[run.value].isCancelled { return }
        let book = books[run.value]
        for job in book.completions.indices where book.completions[job] + (book.isGivenUp[job] ? 1 : 0) != 1 {
            problems.append("job \(job) of \(run): \(book.completions[job]) completions, given up: \(book.isGivenUp[job])")
        }
        for killer in faults.killers where killer < book.completions.count && !book.isGivenUp[killer] {
            problems.append("job \(killer) of \(run) should have been given up")
        }
    }
}
