@testable import Coordinator
@testable import Primitives
@testable import Scheduling

extension SimulatedWorld {
    /// What the world knows of the jobs of one run.
    struct Books {
        var needs: [[ContentHash]] = []
        var completions: [Int]
        var isGivenUp: [Bool]
        /// Workers that a job was ever sent to, and those that are said to have failed it, once for each time.
        var sentTo: [[WorkerIndex]]
        var failedOn: [[WorkerIndex]]
        /// Workers that have the job now.
        var holders: [[WorkerIndex]]
        /// Attempts whose results came when they were still wanted.
        var valid = IndexTable<AttemptIndex, ContentHash>()
        /// Those of each job, by the worker.
        var votes: [[WorkerIndex: ContentHash]]
        /// Jobs that were to be confirmed and were completed with a result of one worker alone.
        var unconfirmedCount = 0
        var lastProgress: Duration

        init(jobCount: Int = 0, at now: Duration = .zero) {
            completions = Array(repeating: 0, count: jobCount)
            isGivenUp = Array(repeating: false, count: jobCount)
            sentTo = Array(repeating: [], count: jobCount)
            (failedOn, holders) = (sentTo, sentTo)
            votes = Array(repeating: [:], count: jobCount)
            lastProgress = now
        }
    }

    /// Within this time some job ends as long as an honest worker lives: even if each of a job's failures takes a lease and the
    /// slowest work.
    private static let patience = Duration.seconds(5 * (120 + 90))
    /// How much later than announced a probe may come: each answer of a draining worker puts it off.
    private static let probeSlack = Duration.seconds(60)

    /// Notes that an attempt is on its way.
    mutating func takeOff(_ attempt: AttemptIndex, _ job: JobIndex, _ worker: WorkerIndex) {
        if flights.contains(attempt) { problems.append("\(attempt) was sent twice") }
        if books.completions[job.value] > 0 || books.isGivenUp[job.value] { problems.append("\(job) was sent after its end") }
        if books.holders[job.value].count > 1 { problems.append("\(job) was sent to \(worker) while two others have it") }
        if books.holders[job.value].contains(worker) { problems.append("\(worker) got \(job) twice at a time") }
        let flight = Flight(job: job, worker: worker, needs: books.needs[job.value])
        flights[attempt] = flight
        sent[attempt] = flight
        books.holders[job.value].append(worker)
        books.sentTo[job.value].append(worker)
        inFlightCounts[worker.value] += 1
        let (count, slots) = (inFlightCounts[worker.value], workers[worker.value].slots)
        if count > slots + 1 { problems.append("\(worker): \(count) in flight, \(slots) slots") }
    }

    /// Notes that an attempt has ended or was called off.
    mutating func land(_ attempt: AttemptIndex) {
        guard let flight = flights.removeValue(forKey: attempt) else { return }
        inFlightCounts[flight.worker.value] -= 1
        books.holders[flight.job.value].removeAll { $0 == flight.worker }
    }

    /// Compares what the scheduler says with the books.
    mutating func check(_ instruction: SchedulerInstruction) {
        switch instruction {
        case .completed(let job, let attempt):
            books.completions[job.value] += 1
            books.lastProgress = now
            if books.completions[job.value] != 1 { problems.append("\(job) completed twice, by \(attempt)") }
            if books.isGivenUp[job.value] { problems.append("\(job) completed after it was given up") }
            if faults.killers.contains(job.value) { problems.append("\(job) cannot complete") }
            if sent[attempt]?.job != job { problems.append("\(job) completed with \(attempt), which is of another job") }
            guard let digest = books.valid[attempt] else {
                return problems.append("\(job) completed without a result of \(attempt)")
            }
            guard state.isVerified(job) else { return }
            if books.votes[job.value].values.count(where: { $0 == digest }) < 2 {
                books.unconfirmedCount += 1
                let counted = state.counters.jobsUnverified
                if books.unconfirmedCount > counted { problems.append("\(job) was not confirmed; \(counted) count so") }
            } else if digest != Self.truth {
                problems.append("\(job) completed with a lie")
            }
        case .poisoned(let job, _):
            let failures = books.failedOn[job.value]
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
        guard end == nil else { return }
        if books.completions[job.value] == 0, !books.isGivenUp[job.value] { giveUp(job) }
        tell(.jobWithdrawn(job))
        if let holder = books.holders[job.value].first { problems.append("\(job) was withdrawn, and \(holder) still has it") }
    }

    private mutating func giveUp(_ job: JobIndex) {
        if books.completions[job.value] > 0 || books.isGivenUp[job.value] { problems.append("\(job) was given up after its end") }
        books.isGivenUp[job.value] = true
        books.lastProgress = now
    }

    private mutating func check(_ note: SchedulerNote) {
        switch note {
        case .jobFailed(let job, let worker, _):
            books.failedOn[job.value].append(worker)
            // What is in flight when a job fails for the last time may fail as well.
            if books.failedOn[job.value].count > state.limits.jobFailuresMax + 1 {
                problems.append("\(job) is tried again and again: it failed on \(books.failedOn[job.value])")
            }
            if !books.sentTo[job.value].contains(worker) { problems.append("\(worker) failed \(job), which it never had") }
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
        if !state.pending.isEmpty, let best = state.ready.first?.priority, best.freeSlots > 0 {
            problems.append("at \(now): \(state.pending.count) jobs wait although a slot is free")
        }
        if !isHopeless, now - books.lastProgress > Self.patience {
            problems.append("at \(now): no progress since \(books.lastProgress)")
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

    /// What must hold at the end of a run.
    mutating func checkEnd() {
        guard end == .finished else { return }
        for job in 0..<jobCount where books.completions[job] + (books.isGivenUp[job] ? 1 : 0) != 1 {
            problems.append("job \(job): finished with \(books.completions[job]) completions, given up: \(books.isGivenUp[job])")
        }
        for killer in faults.killers where killer < jobCount && !books.isGivenUp[killer] {
            problems.append("job \(killer) should have been given up")
        }
        if !flights.isEmpty { problems.append("finished with \(flights.count) attempts in flight") }
    }
}
