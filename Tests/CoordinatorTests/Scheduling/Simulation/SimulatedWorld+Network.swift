import Foundation

@testable import Coordinator
@testable import Primitives
@testable import Scheduling

/// What lies between the scheduler and the workers.
extension SimulatedWorld {
    /// How long a client waits for a worker that says nothing.
    private static let silence = 20_000

    mutating func perform(_ instruction: SchedulerInstruction) {
        switch instruction {
        case .probe(let worker): probe(worker)
        case .upload(let blob, let worker): upload(blob, worker)
        case .send(let attempt, let job, let worker): send(attempt, job, worker)
        case .cancel(let attempt): land(attempt)
        case .wake(let time): wake(at: time)
        case .finished(let run):
            close(run)
            endIfOver(with: instruction)
        case .workersLost, .runFailed: end = instruction
        case .completed, .discard, .poisoned, .noQuorum, .note: break
        }
        check(instruction)
    }

    private mutating func send(_ attempt: AttemptIndex, _ job: JobIndex, _ worker: WorkerIndex) {
        takeOff(attempt, job, worker)
        if random.chance(faults.requestLoss) {
            let failure: AttemptFailure = random.chance(0.5) ? .timedOut("nothing came") : .connectionLost("reset")
            return schedule(.outcome(attempt, failure, nil), inMilliseconds: random.below(Self.silence))
        }
        schedule(.request(attempt), inMilliseconds: delay())
        if random.chance(faults.duplication) { schedule(.request(attempt), inMilliseconds: delay()) }
    }

    /// A job's document is at its worker.
    mutating func arrive(_ attempt: AttemptIndex) {
        guard let flight = sent[attempt] else { return }
        let worker = workers[flight.worker.value]
        if worker.isDead { return answer(attempt, .unreachable("refused")) }
        if worker.isCutOff {
            let isAtOnce = random.chance(0.5)
            let failure: AttemptFailure = isAtOnce ? .unreachable("no route") : .timedOut("nothing came")
            return schedule(.outcome(attempt, failure, nil), inMilliseconds: isAtOnce ? 5 : Self.silence)
        }
        // Of a stopped process, nobody says anything: the lease is all there is.
        if worker.isStopped { return }
        if worker.isDraining { return answer(attempt, .draining) }
        let isBusy = worker.character == .busy && random.chance(0.5)
        if isBusy || worker.runningCount > worker.slots {
            return answer(attempt, .busy(retryAfter: .milliseconds(random.below(3000))))
        }
        if worker.character == .forgetful, random.chance(0.3), let lost = blobs.first {
            workers[flight.worker.value].blobs.remove(lost)
        }
        let missing = flight.needs.filter { !workers[flight.worker.value].blobs.contains($0) }
        if !missing.isEmpty { return answer(attempt, .missingBlobs(missing)) }
        workers[flight.worker.value].runningCount += 1
        let time = random.within(worker.jobTime)
        schedule(.computed(attempt, life: worker.life), inMilliseconds: time)
        // A worker that takes long says so every now and then.
        for sign in stride(from: 30_000, to: time, by: 30_000) {
            schedule(.event(.attemptRenewed(attempt)), inMilliseconds: sign + delay())
        }
    }

    /// A worker has done with a job.
    mutating func finish(_ attempt: AttemptIndex, life: Int) {
        guard let flight = sent[attempt], workers[flight.worker.value].life == life else { return }
        workers[flight.worker.value].runningCount -= 1
        let worker = workers[flight.worker.value]
        if worker.isDead || worker.isStopped { return }
        if faults.killers.contains(flight.job.number) {
            crash(flight.worker)
            return answer(attempt, .connectionLost("reset by the job"))
        }
        switch worker.character {
        case .garbling where random.chance(0.5): answer(attempt, .invalidResult("garbage"))
        case .refusing where random.chance(0.3): answer(attempt, .refused("out of memory"))
        case .lying where random.chance(0.5): answer(attempt, nil, ContentHash(of: Data("lie of \(flight.worker)".utf8)))
        default: answer(attempt, nil, Self.truth)
        }
    }

    /// Sends a worker's last word on an attempt back.
    private mutating func answer(_ attempt: AttemptIndex, _ failure: AttemptFailure?, _ digest: ContentHash? = nil) {
        let isCutOff = sent[attempt].map { workers[$0.worker.value].isCutOff } ?? true
        if isCutOff || random.chance(faults.answerLoss) {
            return schedule(.outcome(attempt, .timedOut("no answer"), nil), inMilliseconds: Self.silence)
        }
        schedule(.outcome(attempt, failure, digest), inMilliseconds: delay())
        // A second 424 would be an answer to a second request.
        if case .missingBlobs? = failure { return }
        if random.chance(faults.duplication) { schedule(.outcome(attempt, failure, digest), inMilliseconds: delay()) }
    }

    /// The scheduler hears the last word, also when it has lost its interest.
    mutating func conclude(_ attempt: AttemptIndex, _ failure: AttemptFailure?, _ digest: ContentHash?) {
        if let failure {
            land(attempt)
            tell(.attemptFailed(attempt, failure))
        } else {
            tell(.attemptRenewed(attempt))
            if let flight = flights[attempt] {
                valid[attempt] = digest ?? Self.truth
                books[flight.job.run.value].votes[flight.job.number][flight.worker] = digest ?? Self.truth
            }
            land(attempt)
            tell(.attemptSucceeded(attempt, digest: digest))
        }
    }

    private mutating func probe(_ worker: WorkerIndex) {
        let simulated = workers[worker.value]
        let isSilent = simulated.isDead || simulated.isStopped || simulated.isCutOff
        if isSilent || random.chance(faults.requestLoss) || simulated.character == .unreachable && random.chance(0.5) {
            let delay = random.chance(0.5) ? 5 : 10_000
            return schedule(.event(.workerProbed(worker, .failed("no answer"))), inMilliseconds: delay)
        }
        let answer = ProbeAnswer.described(
            slots: simulated.slots, blobs: Array(simulated.blobs), isDraining: simulated.isDraining)
        schedule(.event(.workerProbed(worker, answer)), inMilliseconds: delay())
        if random.chance(faults.duplication) { schedule(.event(.workerProbed(worker, answer)), inMilliseconds: delay()) }
    }

    private mutating func upload(_ blob: ContentHash, _ worker: WorkerIndex) {
        let simulated = workers[worker.value]
        if simulated.isDead || simulated.isStopped || simulated.isCutOff || random.chance(faults.requestLoss) {
            return schedule(.event(.uploadFailed(blob, worker, .failed("cut"))), inMilliseconds: random.below(Self.silence))
        }
        if simulated.character == .busy, random.chance(0.2) {
            return schedule(.event(.uploadFailed(blob, worker, .busy(retryAfter: .seconds(1)))), inMilliseconds: delay())
        }
        workers[worker.value].blobs.insert(blob)
        schedule(.event(.blobUploaded(blob, worker)), inMilliseconds: 10 + delay())
        if random.chance(faults.duplication) { schedule(.event(.blobUploaded(blob, worker)), inMilliseconds: 10 + delay()) }
    }

    private mutating func delay() -> Int {
        random.chance(faults.longDelay) ? random.below(30_000) : random.within(faults.delay)
    }
}
