import Foundation
internal import Protocol
internal import Scheduling

/// Has the jobs of several runs done by workers: owns a `SchedulerState`, and does what it says.
///
/// Every decision is the state's. The dispatcher turns its instructions into tasks, of one group for each run and one for what concerns
/// all (`PoolWork`), and their outcomes into events; after every wait it asks the state again, which ignores what no longer matters.
/// Workers, what they hold and how they behaved stay known from one run to the next.
package actor Dispatcher {
    /// Limits and habits of a dispatcher.
    struct Settings: Sendable {
        var limits = SchedulerLimits()
        /// How long one request waits for a result before the worker says that it is still at it.
        var longPoll: Duration = .seconds(30)
        /// Two polls of one job are at least this far apart.
        var pollPause: Duration = .milliseconds(200)
        /// Job documents that are written but not yet with a worker take no more than this many bytes, but for one document.
        var bodyBytesMax = 1 << 30
        /// Jobs that are taken from the source and not delivered yet; by default four for each slot.
        var window: Int?
        /// The version that workers must be of, if that matters.
        var workerVersion: String?
        /// Where workers come from, for messages; nil when the dispatcher's owner starts them.
        var rosterName: String?
        /// Seed of the jitter between probes. It has no effect on results.
        var seed: UInt64 = 0
    }

    struct Member: Sendable {
        let endpoint: WorkerEndpoint
        let connection: any WorkerConnection
    }

    let settings: Settings
    private let connect: @Sendable (WorkerEndpoint) -> any WorkerConnection
    private let log: @Sendable (DispatchNotice) -> Void
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    let bodyBudget: ByteBudget
    /// Blobs that are on their way to workers.
    let blobBudget = ByteBudget(bytesMax: 160 << 20)

    private(set) var state: SchedulerState
    private(set) var members: [Member] = []
    /// Memory for the instructions of the next event.
    private var spare: [SchedulerInstruction] = []
    private var runCount = 0
    var runs: [RunIndex: ActiveRun] = [:]
    var pool: PoolWork?
    var attempts: [AttemptIndex: ActiveAttempt] = [:]
    var results: [AttemptIndex: CheckedResult] = [:]
    /// Attempts whose workers are still to be told that nobody wants the result.
    var abandoned: [ActiveAttempt] = []
    /// Size of the last job document, as a guess for the next.
    var bodyBytesGuess = 1 << 20
    /// Whether a client ever stopped.
    var isAnyoneStopping = false
    /// Those who wait for the end of a stopping client's runs.
    var stopWaiters: [(client: DispatchClient, continuation: CheckedContinuation<Void, Never>)] = []

    /// - Parameters:
    ///   - roster: workers that are known from the start. They are first asked when a run begins.
    ///   - connect: makes the connection to a worker; called once per endpoint and joining.
    ///   - log: called from the actor, so it must be quick.
    init(
        roster: [WorkerEndpoint] = [], settings: Settings = Settings(),
        connect: @escaping @Sendable (WorkerEndpoint) -> any WorkerConnection,
        log: @escaping @Sendable (DispatchNotice) -> Void = { _ in }
    ) {
        self.settings = settings
        self.connect = connect
        self.log = log
        start = clock.now
        bodyBudget = ByteBudget(bytesMax: settings.bodyBytesMax)
        state = SchedulerState(limits: settings.limits, seed: settings.seed)
        for (index, endpoint) in roster.enumerated() {
            members.append(Member(endpoint: endpoint, connection: connect(endpoint)))
            _ = state.handle(.workerJoined(WorkerIndex(index)), at: .zero)
        }
    }

    /// Adds a worker, from the next dispatch on, also in the middle of a run.
    @discardableResult
    func join(_ endpoint: WorkerEndpoint) -> WorkerIndex {
        let worker = WorkerIndex(members.count)
        members.append(Member(endpoint: endpoint, connection: connect(endpoint)))
        handle(.workerJoined(worker))
        return worker
    }

    /// Takes a worker off the roster; its jobs go elsewhere, without blame.
    func leave(_ worker: WorkerIndex) { handle(.workerLeft(worker)) }

    /// Gives a worker no new jobs; it finishes those that it has.
    func retire(_ worker: WorkerIndex) { handle(.workerRetired(worker)) }

    /// Uses a retired worker again, once it has said what it is.
    func reinstate(_ worker: WorkerIndex) { handle(.workerReinstated(worker)) }

    /// Says that a worker's process has ended by itself.
    func died(_ worker: WorkerIndex, cause: String) { handle(.workerDied(worker, cause: cause)) }

    /// Of all runs so far, of all clients.
    var counters: SchedulerCounters { state.counters }

    /// Of all runs of a client so far.
    func counters(of client: DispatchClient) -> SchedulerCounters {
        runs(of: client).reduce(into: client.closedCounters) { $0 += state.counters(of: $1) ?? SchedulerCounters() }
    }

    /// Every worker that ever joined, in the order of joining.
    var workerReports: [WorkerReport] {
        zip(members, state.workers).map { member, record in
            WorkerReport(
                url: member.endpoint.url, slots: record.slots, health: String(describing: record.health),
                lastTrouble: record.lastCause, counters: record.counters)
        }
    }

    /// Workers that could be given a job now, and their slots.
    var usable: (workers: Int, slots: Int) { (state.usableWorkerCount, state.usableSlotCount) }

    /// Workers that have a job.
    var busyWorkers: Int { state.busyWorkerCount }

    /// Where a run that is on stands.
    private func progress(of run: RunIndex) -> DispatchProgress {
        let counters = state.counters(of: run) ?? SchedulerCounters()
        return DispatchProgress(
            jobsAdded: counters.jobsAdded, jobsPoisoned: counters.jobsPoisoned, busyWorkers: state.busyWorkerCount,
            usableWorkers: state.usableWorkerCount)
    }

    func nextRunIndex() -> RunIndex {
        defer { runCount += 1 }
        return RunIndex(runCount)
    }

    /// Time since the dispatcher came to be.
    var now: Duration { start.duration(to: clock.now) }

    /// Returns at `time`, or when the task is cancelled.
    nonisolated func sleep(until time: Duration) async {
        try? await clock.sleep(until: start.advanced(by: time))
    }

    /// Tells the state, and does what it says.
    func handle(_ event: SchedulerEvent) {
        var instructions: [SchedulerInstruction] = []
        swap(&instructions, &spare)
        state.handle(event, at: now, into: &instructions)
        for instruction in instructions { perform(instruction) }
        swap(&instructions, &spare)
        for (index, run) in runs { run.onProgress(progress(of: index)) }
        admitMore()
        endIfIdle()
    }

    func takeCounters(of run: RunIndex) -> SchedulerCounters { state.takeCounters(of: run) ?? SchedulerCounters() }

    func label(_ job: JobIndex) -> String { runs[job.run]?.jobs[job]?.label ?? job.description }

    func url(_ worker: WorkerIndex) -> String { members[worker.value].endpoint.url }

    /// Says something that no event of the scheduler stands for.
    func notice(_ text: String) { log(DispatchNotice(isWarning: true, text: text)) }

    func note(_ note: SchedulerNote) {
        let (isWarning, text): (Bool, String) =
            switch note {
            case .workerUsable(let worker, let slots): (false, "\(url(worker)): \(slots) slots")
            case .workerSuspect(let worker, let cause, let pause):
                (true, "\(url(worker)): \(cause); asked again in \(pause.seconds)")
            case .workerDraining(let worker): (false, "\(url(worker)) takes no new jobs")
            case .workerRetired(let worker): (false, "\(url(worker)) is not listed any more; it gets no new jobs")
            case .workerGone(let worker, let cause): (true, "\(url(worker)) is gone: \(cause)")
            case .workerExcluded(let worker, let cause): (true, "\(url(worker)) is not used any more: \(cause)")
            case .jobFailed(let job, let worker, let cause): (true, "\(label(job)) failed at \(url(worker)): \(cause)")
            case .stragglerCopied(let job, let from, let to):
                (false, "\(label(job)) is slow at \(url(from)); a copy goes to \(url(to))")
            case .unverified(let job, let worker):
                (true, "\(label(job)): only \(url(worker)) is there to do it; results are not compared until a second worker is")
            }
        log(DispatchNotice(isWarning: isWarning, text: text))
    }
}
