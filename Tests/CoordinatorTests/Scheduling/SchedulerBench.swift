@testable import Primitives
@testable import Scheduling
import Testing

@testable import Coordinator

/// The scheduler with a clock that a test moves, and shorthand for events.
struct SchedulerBench {
    var state: SchedulerState
    var now = Duration.zero
    /// The run that jobs are added to, and that tests name jobs of.
    var run = RunIndex(0)
    /// What the last event led to, without notes and wakes.
    private(set) var last: [SchedulerInstruction] = []
    /// Everything so far.
    private(set) var all: [SchedulerInstruction] = []
    private(set) var notes: [SchedulerNote] = []

    /// A run with `slots.count` usable workers.
    init(slots: [Int], limits: SchedulerLimits = SchedulerLimits()) {
        state = SchedulerState(limits: limits, seed: 1)
        tell(.runBegan(RunIndex(0)))
        for (index, count) in slots.enumerated() {
            tell(.workerJoined(WorkerIndex(index)))
            tell(.workerProbed(WorkerIndex(index), .described(slots: count, blobs: [], isDraining: false)))
        }
    }

    @discardableResult
    mutating func tell(_ event: SchedulerEvent) -> [SchedulerInstruction] {
        last = []
        for instruction in state.handle(event, at: now) {
            switch instruction {
            case .wake: break
            case .note(let note): notes.append(note)
            default: last.append(instruction)
            }
        }
        all += last
        #expect(state.brokenInvariants() == [])
        return last
    }

    mutating func addJobs(_ count: Int, blobs: [ContentHash] = [], isLast: Bool = true) {
        let added = state.counters(of: run)?.jobsAdded ?? 0
        for number in added..<added + count { tell(.jobAdded(JobIndex(run, number), blobs: blobs)) }
        if isLast { tell(.noMoreJobs(run)) }
    }

    /// Begins another run, to which jobs are added from now on.
    mutating func begin(_ next: RunIndex, _ priority: RunPriority = .normal) {
        run = next
        tell(.runBegan(next, priority: priority))
    }

    /// Lets time pass, and tells the scheduler when it is there.
    @discardableResult
    mutating func wait(_ duration: Duration) -> [SchedulerInstruction] {
        now += duration
        return tell(.timeReached)
    }

    /// The attempts of a job that are in flight.
    func attempts(_ job: Int) -> [AttemptIndex] { state.jobs[JobIndex(run, job)].map { Array($0.attempts) } ?? [] }

    /// The worker that has the only attempt of a job.
    func worker(of job: Int) -> WorkerIndex? { attempts(job).first.flatMap { state.attempts[$0]?.worker } }

    mutating func succeed(_ job: Int, digest: ContentHash? = nil) {
        if let attempt = attempts(job).first { tell(.attemptSucceeded(attempt, digest: digest)) }
    }

    mutating func fail(_ job: Int, _ failure: AttemptFailure) {
        if let attempt = attempts(job).first { tell(.attemptFailed(attempt, failure)) }
    }

    /// Lets the pause of a suspect worker pass, and answers its probe.
    mutating func revive(_ worker: WorkerIndex, slots: Int = 1) {
        wait(.seconds(11))
        tell(.workerProbed(worker, .described(slots: slots, blobs: [], isDraining: false)))
    }
}
