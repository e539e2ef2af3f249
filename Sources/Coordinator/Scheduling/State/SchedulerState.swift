internal import Primitives

/// Every decision of the scheduler, without clocks, threads or connections: events go in, instructions come out.
///
/// 1. Jobs wait in a queue, oldest first, but a worker is rather given the job that continues its last one. A job goes to the worker
///    with the most free slots; among equals, to one that already holds the job's blobs.
/// 2. A worker has at most `slots + 1` attempts in flight, so that it never waits for the next job; the surplus place is filled
///    only while more jobs wait than there are slots, so that the last jobs do not queue behind each other.
/// 3. A worker that cannot be reached is suspect: nothing is given to it, it is probed after a pause that doubles with each
///    failure, and then tried with one job at a time until one succeeds.
/// 4. A job that fails goes elsewhere if there is an elsewhere, until it is poisoned. A job is blamed only for what it may have
///    caused: not for a worker that was never reached, was busy, or died while the job still waited for its slot.
/// 5. A share of the jobs can run twice, on different workers that must agree: see `SchedulerState+Verification.swift`.
/// 6. When no job waits and slots are free, stragglers get a second copy elsewhere. The first valid result wins.
///
/// The record of a job lives until the job is done, so memory follows the jobs that are added and not done, not all jobs.
/// Workers outlive runs; `runBegan` starts a new one.
///
/// - Complexity: O(log n) an event in workers and jobs, amortised; a lost worker costs O(its attempts · log n).
package struct SchedulerState: Sendable {
    package let limits: SchedulerLimits
    var generator: SplitMix64

    package var isRunning = false
    package var noMoreJobs = false
    var jobs = IndexTable<JobIndex, JobRecord>()
    /// Jobs without an attempt in flight, but for the parked ones.
    var pending = JobQueue()
    /// Jobs that may only go to workers that have no room now; pending again at the next event.
    var parked: [JobIndex] = []

    /// Jobs with a vote that wait for a worker which could have another; pending again when one becomes usable.
    var stranded: [JobIndex] = []
    /// No such worker has come within the limit: results count unconfirmed until one is usable.
    var isQuorumWaived = false
    var hasToldUnverified = false

    var attempts = IndexTable<AttemptIndex, AttemptRecord>()
    var attemptCount = 0
    /// Attempts that are the only one of their job, by their start: the first is the next straggler.
    var loneAttempts = PriorityQueue<AttemptIndex, Duration>()
    var durations = RunningMedian()

    package var workers: [WorkerRecord] = []
    /// Workers that have room.
    var ready = PriorityQueue<WorkerIndex, Readiness>()
    package var usableWorkerCount = 0
    package var usableSlotCount = 0
    var recoverableWorkerCount = 0
    var excludedWorkerCount = 0
    /// Those of them that do not accept us.
    var refusingWorkerCount = 0
    package var busyWorkerCount = 0

    /// Of the attempts that were sent.
    var leases = LeaseQueue()
    /// Every other moment that something depends on.
    var timers = PriorityQueue<SchedulerTimer, Duration>()
    /// The earliest moment asked for by `wake` that has not come yet.
    var announcedWake: Duration?
    /// The time of the last event.
    private var latest = Duration.zero

    /// Of the current run.
    package var counters = SchedulerCounters()
    var outbox: [SchedulerInstruction] = []

    package init(limits: SchedulerLimits = SchedulerLimits(), seed: UInt64) {
        self.limits = limits
        generator = SplitMix64(seed: seed)
    }

    /// The job that an attempt is at; nil for one that is over.
    package func job(of attempt: AttemptIndex) -> JobIndex? { attempts[attempt]?.job }

    /// Attempts in flight.
    package var attemptsInFlight: Int { attempts.count }

    /// Jobs that are neither completed nor poisoned nor withdrawn.
    var liveJobCount: Int { jobs.count }

    /// Takes one event in and returns what is to be done. `now` is the time since an arbitrary start; if it goes back,
    /// time stands still until it has caught up.
    package mutating func handle(_ event: SchedulerEvent, at now: Duration) -> [SchedulerInstruction] {
        var instructions: [SchedulerInstruction] = []
        handle(event, at: now, into: &instructions)
        return instructions
    }

    /// The same, with what is to be done in the place of what `instructions` held, so that its memory is used again.
    package mutating func handle(_ event: SchedulerEvent, at now: Duration, into instructions: inout [SchedulerInstruction]) {
        let now = max(now, latest)
        latest = now
        instructions.removeAll(keepingCapacity: true)
        swap(&outbox, &instructions)
        apply(event, at: now)
        if isRunning {
            dispatch(at: now)
            superviseRun(at: now)
        }
        announceWake()
        swap(&outbox, &instructions)
    }

    private mutating func apply(_ event: SchedulerEvent, at now: Duration) {
        switch event {
        case .runBegan: beginRun(at: now)
        case .jobAdded(let job, let blobs, let continuesPrevious): addJob(job, blobs, continuesPrevious)
        case .noMoreJobs: noMoreJobs = true
        case .jobWithdrawn(let job): withdraw(job)
        case .runCancelled: endRun(nil)
        case .workerJoined(let worker): join(worker)
        case .workerLeft(let worker): leave(worker, cause: "taken off the roster", isDeath: false)
        case .workerRetired(let worker): retire(worker)
        case .workerReinstated(let worker): reinstate(worker)
        case .workerDied(let worker, let cause): leave(worker, cause: cause, isDeath: true)
        case .workerDraining(let worker): drain(worker, at: now)
        case .workerProbed(let worker, let answer): probed(worker, answer, at: now)
        case .attemptRenewed(let attempt): renew(attempt, at: now)
        case .attemptSucceeded(let attempt, let digest): succeed(attempt, digest: digest, at: now)
        case .attemptFailed(let attempt, let failure): fail(attempt, failure, at: now)
        case .blobUploaded(let blob, let worker): uploaded(blob, to: worker, at: now)
        case .uploadFailed(let blob, let worker, let failure): uploadFailed(blob, to: worker, failure, at: now)
        case .timeReached: fireTimers(at: now)
        }
    }

    private mutating func beginRun(at now: Duration) {
        precondition(!isRunning, "a run began while another was on, with \(jobs.count) jobs left")
        precondition(jobs.isEmpty && attempts.isEmpty, "\(jobs.count) jobs and \(attempts.count) attempts outlived their run")
        isRunning = true
        noMoreJobs = false
        counters = SchedulerCounters()
        durations = RunningMedian()
        announcedWake = nil
        noteProgress(at: now)
        for worker in workers.indices.map(WorkerIndex.init) {
            workers[worker.value].uploads.removeAll()
            workers[worker.value].lastJob = nil
            switch workers[worker.value].health {
            case .joining, .probing: probe(worker)
            case .usable, .suspect, .draining, .excluded, .gone: break
            }
        }
    }

    private mutating func addJob(_ job: JobIndex, _ blobs: [ContentHash], _ continuesPrevious: Bool) {
        guard isRunning else { return }
        precondition(!noMoreJobs, "\(job) was added after the last one")
        precondition(job.value == counters.jobsAdded, "expected job \(counters.jobsAdded), found \(job)")
        counters.jobsAdded += 1
        jobs[job] = JobRecord(blobs: blobs, continuesPrevious: continuesPrevious)
        pending.add(job, continuesPrevious: continuesPrevious)
    }

    /// Ends the run when all is done, or when there is nobody left to do it.
    private mutating func superviseRun(at now: Duration) {
        guard isRunning else { return }
        if noMoreJobs, jobs.isEmpty { return endRun(.finished) }
        superviseGrace(at: now)
    }

    /// Cancels what is in flight, forgets the jobs and says `last`.
    package mutating func endRun(_ last: SchedulerInstruction?) {
        guard isRunning else { return }
        for attempt in attempts.keys.sorted() {
            outbox.append(.cancel(attempt))
            counters.attemptsCancelled += 1
            detach(attempt)
        }
        jobs.removeAll()
        pending.removeAll()
        parked.removeAll()
        stranded.removeAll()
        loneAttempts.removeAll()
        for timer in [SchedulerTimer.straggler, .vote, .grace, .stall] { timers.remove(timer) }
        isRunning = false
        if let last { outbox.append(last) }
    }
}
