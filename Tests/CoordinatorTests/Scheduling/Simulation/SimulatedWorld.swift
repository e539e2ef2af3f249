import Foundation

@testable import Coordinator
@testable import Primitives
@testable import Scheduling

/// A virtual clock, a network and workers with every fault, and the real scheduler between them.
///
/// 1. Everything that happens lies in a queue of moments; one seeded generator draws all of it, so that a seed replays a history.
/// 2. The world keeps its own books of what the scheduler told it, and compares after every event: see `SimulatedWorld+Checks.swift`.
/// 3. What the scheduler is told may come late, twice, or after it lost its interest.
struct SimulatedWorld {
    enum Happening {
        case event(SchedulerEvent)
        /// A job's document reaches its worker, in the given life of the process.
        case request(AttemptIndex)
        /// A worker has computed a job.
        case computed(AttemptIndex, life: Int)
        /// The last word on an attempt reaches the scheduler.
        case outcome(AttemptIndex, AttemptFailure?, ContentHash?)
        case join(Int)
        /// What befalls a worker by its character.
        case turn(WorkerIndex)
        case restart(WorkerIndex)
        case goOn(WorkerIndex)
        case cut([WorkerIndex])
        case heal([WorkerIndex])
        case jump(Duration)
        case begin(RunPriority)
        case cancel(RunIndex)
        /// The run is called off, and another of its kind begins, as after a newer epoch.
        case supersede(RunIndex)
        case addJobs(RunIndex)
        case withdraw(JobIndex)
    }

    struct Moment: Comparable {
        var time: Duration
        var order: Int
        static func < (left: Moment, right: Moment) -> Bool { (left.time, left.order) < (right.time, right.order) }
    }

    /// An attempt as the world saw it.
    struct Flight {
        let job: JobIndex
        let worker: WorkerIndex
        let needs: [ContentHash]
    }

    static let truth = ContentHash(of: Data("truth".utf8))

    let faults: SimulatedFaults
    let jobCount: Int
    let blobs: [ContentHash]
    var state: SchedulerState
    var random: SplitMix64
    var crew: [SimulatedWorker]
    /// The workers that joined, in the order of joining.
    var workers: [SimulatedWorker] = []

    /// The time of the network. The scheduler's clock is `clockOffset` ahead of it.
    var now = Duration.zero
    var clockOffset = Duration.zero
    private var future = PriorityQueue<Int, Moment>()
    private var happenings = IndexTable<Int, Happening>()
    private var order = 0
    /// Moments of the scheduler's clock at which it wants to be woken.
    private(set) var wakes = PriorityQueue<Int, Duration>()
    private var wakeCount = 0
    private var instructions: [SchedulerInstruction] = []
    /// Runs that are still to begin.
    var upcomingRunCount = 0

    /// By run.
    var books: [Books] = []
    /// Attempts whose results came when they were still wanted.
    var valid = IndexTable<AttemptIndex, ContentHash>()
    var lastProgress = Duration.zero
    /// Attempts that were sent and have neither ended nor been called off, and how many of them each worker has.
    var flights = IndexTable<AttemptIndex, Flight>()
    /// Everything that was ever sent, for answers that come too late.
    var sent = IndexTable<AttemptIndex, Flight>()
    var inFlightCounts: [Int] = []
    /// When the scheduler said that it would probe a worker.
    var probesDue = PriorityQueue<WorkerIndex, Duration>()
    var end: SchedulerInstruction?
    /// Whether no worker may be honest, so that progress cannot be asked for.
    var isHopeless = false
    var problems: [String] = []
    var eventCount = 0
    /// Whether the story is kept, for a seed that is replayed.
    var tellsStory = false
    /// Events and what they led to, one line each.
    private(set) var story: [String] = []

    init(seed: UInt64, crew: [SimulatedWorker], jobCount: Int, blobCount: Int, faults: SimulatedFaults = .none) {
        var limits = SchedulerLimits()
        // Among few workers, two lost probes in a row may well leave nobody for the usual time.
        if crew.count < 20 { limits.grace = .seconds(120) }
        limits.verified = VerifiedShare(fraction: faults.verifiedFraction, seed: seed)
        state = SchedulerState(limits: limits, seed: seed)
        random = SplitMix64(seed: seed ^ 0xC0FF_EE00)
        self.faults = faults
        self.crew = crew
        self.jobCount = jobCount
        blobs = (0..<blobCount).map { ContentHash(of: Data("blob \($0)".utf8)) }
    }

    /// A world of `workerCount` workers in which everything goes wrong that can.
    init(seed: UInt64, workerCount: Int, jobCount: Int) {
        var random = SplitMix64(seed: seed)
        let faults = SimulatedFaults.all(&random, jobCount: jobCount)
        let crew = SimulatedWorker.crew(workerCount, &random)
        self.init(seed: seed, crew: crew, jobCount: jobCount, blobCount: random.below(3), faults: faults)
    }

    /// Lets time pass until the run is over, or something is wrong.
    ///
    /// - Parameter invariantPeriod: the invariants that look at all records are checked after every so many events.
    mutating func run(invariantPeriod: Int = 1, eventsMax: Int = 1_000_000) {
        for (index, worker) in crew.enumerated() { schedule(.join(index), inMilliseconds: worker.joinsAt) }
        for _ in 0..<faults.partitionCount { schedulePartition() }
        for _ in 0..<faults.clockJumpCount {
            let jump = random.below(2) == 0 ? Duration.seconds(random.below(900)) : .milliseconds(-random.below(5000))
            schedule(.jump(jump), inMilliseconds: random.below(60_000))
        }
        begin(.normal)
        if faults.isSuperseded { schedule(.supersede(RunIndex(0)), inMilliseconds: 500 + random.below(5000)) }
        for _ in 0..<faults.otherRunCount {
            upcomingRunCount += 1
            let priority = RunPriority.allCases[random.below(RunPriority.allCases.count)]
            schedule(.begin(priority), inMilliseconds: random.below(10_000))
        }
        while end == nil, problems.isEmpty, step() {
            eventCount += 1
            checkEvent()
            if eventCount % invariantPeriod == 0 { checkInvariants() }
            if eventCount > eventsMax { problems.append("no end after \(eventCount) events") }
        }
        if end == nil, problems.isEmpty { problems.append("nothing happens any more, \(state.liveJobCount) jobs are left") }
    }

    /// Whether every run has ended with all its jobs, or was called off.
    var hasFinished: Bool { if case .finished = end { true } else { false } }

    /// Ends the world when no run is on and none will begin.
    mutating func endIfOver(with last: SchedulerInstruction) {
        if upcomingRunCount == 0, books.allSatisfy(\.isOver) { end = last }
    }

    /// Lets the next thing happen; false if there is none.
    private mutating func step() -> Bool {
        if let (wake, due) = wakes.first, due - clockOffset <= future.first?.priority.time ?? .seconds(1_000_000_000) {
            wakes.remove(wake)
            now = max(now, due - clockOffset)
            tell(.timeReached)
            return true
        }
        guard let next = future.first else { return false }
        now = max(now, next.priority.time)
        future.remove(next.element)
        if let happening = happenings.removeValue(forKey: next.element) { happen(happening) }
        return true
    }

    private mutating func begin(_ priority: RunPriority) {
        let run = RunIndex(books.count)
        books.append(Books(priority, jobCount: jobCount))
        lastProgress = now
        tell(.runBegan(run, priority: priority))
        schedule(.addJobs(run), inMilliseconds: 0)
        if run.value > 0, random.chance(faults.cancelledFraction) { schedule(.cancel(run), inMilliseconds: random.below(5000)) }
    }

    /// Calls a run off. Nothing of others may end by it.
    private mutating func cancel(_ run: RunIndex) {
        books[run.value].isCancelled = true
        let others = flights.values.count { $0.job.run != run }
        tell(.runCancelled(run))
        close(run)
        // What waits at workers may be taken back, for a run that matters more and waits itself.
        let left = flights.values.count { $0.job.run != run }
        if left < others, state.runs.allSatisfy(\.pending.isEmpty) {
            problems.append("\(run) was called off, and \(others - left) attempts of others with it")
        }
    }

    private mutating func happen(_ happening: Happening) {
        switch happening {
        case .event(let event): tell(event)
        case .request(let attempt): arrive(attempt)
        case .computed(let attempt, let life): finish(attempt, life: life)
        case .outcome(let attempt, let failure, let digest): conclude(attempt, failure, digest)
        case .join(let index): join(crew[index])
        case .turn(let worker): turn(worker)
        case .restart(let worker): restart(worker)
        case .goOn(let worker): workers[worker.value].isStopped = false
        case .cut(let cutOff): for worker in cutOff { workers[worker.value].isCutOff = true }
        case .heal(let cutOff): for worker in cutOff { workers[worker.value].isCutOff = false }
        case .jump(let jump): clockOffset += jump
        case .begin(let priority):
            upcomingRunCount -= 1
            begin(priority)
        case .cancel(let run):
            guard end == nil, !books[run.value].isOver else { return }
            cancel(run)
            endIfOver(with: .finished(run))
        case .supersede(let run):
            guard end == nil, !books[run.value].isOver else { return }
            cancel(run)
            begin(books[run.value].priority)
        case .addJobs(let run): if !books[run.value].isOver { addJobs(to: run) }
        case .withdraw(let job): withdraw(job)
        }
    }

    private mutating func addJobs(to run: RunIndex) {
        let added = state.counters(of: run)?.jobsAdded ?? 0
        for index in added..<min(jobCount, added + random.below(60) + 1) {
            let needed = blobs.filter { _ in random.chance(0.5) }
            books[run.value].needs.append(needed)
            let continues = index > 0 && random.chance(faults.continuingFraction)
            tell(.jobAdded(JobIndex(run, index), blobs: needed, continuesPrevious: continues))
            if random.chance(faults.withdrawnFraction) {
                schedule(.withdraw(JobIndex(run, index)), inMilliseconds: random.below(2000))
            }
        }
        if state.counters(of: run)?.jobsAdded == jobCount {
            tell(.noMoreJobs(run))
        } else {
            schedule(.addJobs(run), inMilliseconds: random.below(300))
        }
    }

    mutating func tell(_ event: SchedulerEvent) {
        guard end == nil else { return }
        let firstAttempt = state.attemptCount
        state.handle(event, at: now + clockOffset, into: &instructions)
        let told = instructions
        if tellsStory { story.append("\(clock): \(event) -> \(told)") }
        for instruction in told { perform(instruction) }
        checkPriorities(from: firstAttempt)
    }

    mutating func wake(at time: Duration) {
        wakes.set(wakeCount, to: time)
        wakeCount += 1
    }

    mutating func schedule(_ happening: Happening, inMilliseconds delay: Int) {
        future.set(order, to: Moment(time: now + .milliseconds(delay), order: order))
        happenings[order] = happening
        order += 1
    }
}
