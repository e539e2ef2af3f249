internal import Primitives

/// Every decision of the scheduler, without clocks, threads or connections: events go in, instructions come out.
///
/// 1. Several runs share the workers. Jobs of the highest priority go first; runs of one priority share evenly. Jobs of a run wait in
///    a queue, oldest first, but a worker is rather given the job that continues its last one. A job goes to the worker with the most
///    free slots; among equals, to one that already holds the job's blobs.
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
/// Workers outlive runs. While no run is on, nobody is probed.
///
/// - Complexity: O(log n) an event in workers and jobs, amortised, and O(n) in runs; a lost worker costs O(its attempts · log n), a run
///   that ends before its jobs, or takes places from others, O(n) in attempts.
package struct SchedulerState: Sendable {
    package let limits: SchedulerLimits
    var generator: SplitMix64

    /// The runs that are on: highest priority first, then oldest.
    var runs: [RunRecord] = []
    var runCount = 0
    var jobs = IndexTable<JobIndex, JobRecord>()
    /// Jobs that may only go to workers that have no room now; pending again at the next event.
    var parked: [JobIndex] = []

    /// Jobs with a vote that wait for a worker which could have another; pending again when one becomes usable.
    var stranded: [JobIndex] = []
    /// No such worker has come within the limit: results count unconfirmed until one is usable.
    var isQuorumWaived = false
    var hasToldUnverified = false

    var attempts = IndexTable<AttemptIndex, AttemptRecord>()
    var attemptCount = 0

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

    /// Of runs that are over, and of what concerns no single run: uploads, and workers that are excluded.
    var closedCounters = SchedulerCounters()
    /// Of runs that are over, until somebody takes them.
    var endedCounters: [RunIndex: SchedulerCounters] = [:]
    var outbox: [SchedulerInstruction] = []

    package init(limits: SchedulerLimits = SchedulerLimits(), seed: UInt64) {
        self.limits = limits
        generator = SplitMix64(seed: seed)
    }

    /// Whether any run is on.
    package var isRunning: Bool { !runs.isEmpty }

    /// Of all runs so far.
    package var counters: SchedulerCounters { runs.reduce(into: closedCounters) { $0 += $1.counters } }

    /// Of a run, that is on or over; nil for one whose counters were taken.
    package func counters(of run: RunIndex) -> SchedulerCounters? {
        position(of: run).map { runs[$0].counters } ?? endedCounters[run]
    }

    /// The same of a run that is over; they are known no longer then.
    package mutating func takeCounters(of run: RunIndex) -> SchedulerCounters? { endedCounters.removeValue(forKey: run) }

    /// The job that an attempt is at; nil for one that is over.
    package func job(of attempt: AttemptIndex) -> JobIndex? { attempts[attempt]?.job }

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
            superviseRuns(at: now)
        }
        announceWake()
        swap(&outbox, &instructions)
    }

    private mutating func apply(_ event: SchedulerEvent, at now: Duration) {
        switch event {
        case .runBegan(let run, let priority): begin(run, priority, at: now)
        case .jobAdded(let job, let blobs, let continues): add(job, blobs, continuesPrevious: continues)
        case .noMoreJobs(let run): if let position = position(of: run) { runs[position].noMoreJobs = true }
        case .jobWithdrawn(let job): withdraw(job)
        case .runCancelled(let run): end(run)
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
}
