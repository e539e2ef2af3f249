import Core
import Foundation
import Testing

@testable import Coordinator

/// How a simulated worker behaves. Probabilities are per attempt.
struct SimulatedWorker {
    var slots = 1
    var jobTime: ClosedRange<Int> = 5...400
    var loses = 0.0
    var hangs = 0.0
    var garbles = 0.0
    var refuses = 0.0
    /// Attempts beyond this many at a time are answered 429.
    var busyAbove = Int.max
    var forgetsBlobs = 0.0
    var probeFails = 0.0
    var uploadFails = 0.0
    /// When the process ends, in milliseconds, and whether it is started again as a new worker.
    var diesAt: Int?
    var isRestarted = false
    var drainsAt: Int?
    var joinsAt = 0

    var isDead = false
    var blobs: Set<ContentHash> = []
    var inFlight = 0
}

/// A virtual clock, simulated workers, and the real scheduler between them.
///
/// Every event that a scheduler may meet comes from one seeded generator, so that a seed replays a whole history.
struct SimulatedWorld {
    private(set) var state: SchedulerState
    private var random: SeededGenerator
    private var workers: [SimulatedWorker]
    private var indices: [Int] = []
    private var now = Duration.zero

    private struct Occurrence: Hashable {
        var order: Int
        static func == (left: Occurrence, right: Occurrence) -> Bool { left.order == right.order }
        func hash(into hasher: inout Hasher) { hasher.combine(order) }
    }
    private struct Moment: Comparable {
        var time: Duration
        var order: Int
        static func < (left: Moment, right: Moment) -> Bool { (left.time, left.order) < (right.time, right.order) }
    }
    private enum Happening {
        case event(SchedulerEvent)
        case outcome(AttemptIndex, WorkerIndex, AttemptFailure?)
        case death(Int)
        case join(Int)
        case addJobs
    }
    private var future = PriorityQueue<Int, Moment>()
    private var happenings: [Int: Happening] = [:]
    private var order = 0

    private let jobCount: Int
    private let blobs: [ContentHash]
    private let killers: Set<Int>
    private var inFlight: Set<AttemptIndex> = []
    private(set) var completed: [JobIndex: Int] = [:]
    private(set) var poisoned: [JobIndex: String] = [:]
    private(set) var end: SchedulerInstruction?
    private(set) var problems: [String] = []
    private(set) var eventCount = 0

    /// A world of `workers` with `jobCount` jobs; each of the jobs in `killers` takes the worker's connection down.
    init(seed: UInt64, workers: [SimulatedWorker], jobCount: Int, blobCount: Int, killers: Set<Int> = []) {
        state = SchedulerState(seed: seed)
        random = SeededGenerator(seed: seed ^ 0xC0FF_EE00)
        self.workers = workers
        self.jobCount = jobCount
        self.killers = killers
        blobs = (0..<blobCount).map { ContentHash(of: Data("blob \($0)".utf8)) }
    }

    /// Lets time pass until the run is over, or something is wrong.
    mutating func run(isChecked: Bool = true, eventsMax: Int = 1_000_000) {
        tell(.runBegan)
        for (index, worker) in workers.enumerated() { schedule(.join(index), inMilliseconds: worker.joinsAt) }
        schedule(.addJobs, inMilliseconds: 0)
        while end == nil, problems.isEmpty, let next = future.first {
            now = max(now, next.priority.time)
            future.remove(next.element)
            guard let happening = happenings.removeValue(forKey: next.element) else { continue }
            happen(happening)
            eventCount += 1
            if isChecked { problems += state.brokenInvariants().map { "at \(now): \($0)" } }
            if eventCount > eventsMax { problems.append("no end after \(eventCount) events") }
        }
        if end == nil, problems.isEmpty { problems.append("nothing happens any more, \(state.liveJobCount) jobs are left") }
        if end == .finished {
            let missing = (0..<jobCount).filter { completed[JobIndex($0)] == nil && poisoned[JobIndex($0)] == nil }
            if !missing.isEmpty { problems.append("finished without the jobs \(missing)") }
            if !inFlight.isEmpty { problems.append("finished with \(inFlight.count) attempts in flight") }
        }
    }

    private mutating func happen(_ happening: Happening) {
        switch happening {
        case .event(let event): tell(event)
        case .join(let index):
            indices.append(index)
            tell(.workerJoined(WorkerIndex(indices.count - 1)))
            if let death = workers[index].diesAt { schedule(.death(indices.count - 1), inMilliseconds: death) }
            if let drain = workers[index].drainsAt {
                schedule(.event(.workerDraining(WorkerIndex(indices.count - 1))), inMilliseconds: drain)
            }
        case .death(let joined):
            let index = indices[joined]
            workers[index].isDead = true
            tell(.workerDied(WorkerIndex(joined), cause: "killed"))
            if workers[index].isRestarted {
                var successor = workers[index]
                (successor.isDead, successor.blobs, successor.inFlight, successor.isRestarted) = (false, [], 0, chance(0.5))
                workers.append(successor)
                schedule(.join(workers.count - 1), inMilliseconds: 100)
            }
        case .outcome(let attempt, let worker, let failure):
            workers[indices[worker.value]].inFlight -= 1
            inFlight.remove(attempt)
            tell(failure.map { .attemptFailed(attempt, $0) } ?? .attemptSucceeded(attempt))
        case .addJobs:
            let added = state.counters.jobsAdded
            for index in added..<min(jobCount, added + Int(random.next() % 20) + 1) {
                let needed = blobs.filter { _ in chance(0.5) }
                tell(.jobAdded(JobIndex(index), blobs: needed))
            }
            if state.counters.jobsAdded == jobCount {
                tell(.noMoreJobs)
            } else {
                schedule(.addJobs, inMilliseconds: Int(random.next() % 300))
            }
        }
    }

    private mutating func tell(_ event: SchedulerEvent) {
        for instruction in state.handle(event, at: now) { perform(instruction) }
    }

    private mutating func perform(_ instruction: SchedulerInstruction) {
        switch instruction {
        case .probe(let worker): probe(worker)
        case .upload(let blob, let worker): upload(blob, worker)
        case .send(let attempt, let job, let worker): send(attempt, job, worker)
        case .cancel(let attempt): inFlight.remove(attempt)
        case .completed(let job, let attempt):
            completed[job, default: 0] += 1
            if completed[job] != 1 { problems.append("\(job) completed twice, by \(attempt)") }
            if poisoned[job] != nil { problems.append("\(job) completed after it was poisoned") }
            if killers.contains(job.value) { problems.append("\(job) cannot complete") }
        case .poisoned(let job, let cause):
            if completed[job] != nil || poisoned[job] != nil { problems.append("\(job) poisoned too late") }
            poisoned[job] = cause
        case .disputed(let job, _): problems.append("\(job) is disputed, but nothing is verified")
        case .discard: break
        case .finished, .workersLost, .runFailed: end = instruction
        case .wake(let time): schedule(.event(.timeReached), at: time)
        case .note: break
        }
    }

    private mutating func probe(_ worker: WorkerIndex) {
        let simulated = workers[indices[worker.value]]
        let answer: ProbeAnswer =
            if simulated.isDead || chance(simulated.probeFails) {
                .failed("refused")
            } else {
                .described(slots: simulated.slots, blobs: Array(simulated.blobs), isDraining: false)
            }
        schedule(.event(.workerProbed(worker, answer)), inMilliseconds: 1 + Int(random.next() % 5))
    }

    private mutating func upload(_ blob: ContentHash, _ worker: WorkerIndex) {
        let index = indices[worker.value]
        guard !workers[index].isDead, !chance(workers[index].uploadFails) else {
            return schedule(.event(.uploadFailed(blob, worker, .failed("cut"))), inMilliseconds: 20)
        }
        workers[index].blobs.insert(blob)
        schedule(.event(.blobUploaded(blob, worker)), inMilliseconds: 10 + Int(random.next() % 50))
    }

    private mutating func send(_ attempt: AttemptIndex, _ job: JobIndex, _ worker: WorkerIndex) {
        let index = indices[worker.value]
        let simulated = workers[index]
        inFlight.insert(attempt)
        workers[index].inFlight += 1
        let time = Int(random.next() % UInt64(simulated.jobTime.count)) + simulated.jobTime.lowerBound
        let answer: (AttemptFailure?, Int) =
            if simulated.isDead {
                (.unreachable("refused"), 1)
            } else if simulated.inFlight >= simulated.busyAbove {
                (.busy(retryAfter: .milliseconds(500)), 1)
            } else if chance(simulated.forgetsBlobs), let forgotten = simulated.blobs.min(by: { $0.hex < $1.hex }) {
                (.missingBlobs([forgotten]), 2)
            } else if killers.contains(job.value) || chance(simulated.loses) {
                (.connectionLost("reset"), time / 2)
            } else if chance(simulated.garbles) {
                (.invalidResult("garbage"), time)
            } else if chance(simulated.refuses) {
                (.refused("out of memory"), time)
            } else {
                (nil, time)
            }
        if case .missingBlobs(let forgotten) = answer.0 { workers[index].blobs.subtract(forgotten) }
        // A worker that hangs answers after everybody has stopped waiting.
        let delay = chance(simulated.hangs) ? 200_000 : answer.1
        schedule(.outcome(attempt, worker, answer.0), inMilliseconds: delay)
    }

    private mutating func schedule(_ happening: Happening, inMilliseconds delay: Int) {
        schedule(happening, at: now + .milliseconds(delay))
    }

    private mutating func schedule(_ happening: Happening, at time: Duration) {
        future.set(order, to: Moment(time: time, order: order))
        happenings[order] = happening
        order += 1
    }

    private mutating func chance(_ probability: Double) -> Bool {
        Double(random.next() >> 11) * 0x1p-53 < probability
    }
}
