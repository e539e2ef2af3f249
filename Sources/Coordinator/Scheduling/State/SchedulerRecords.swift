internal import Primitives

/// What the scheduler knows of one worker.
package struct WorkerRecord: Sendable {
    /// ```
    /// joining ─▶ probing ─▶ usable ─▶ suspect ─▶ probing …      draining ─▶ probing …
    ///               └──────────┴─────────┴─▶ excluded | gone (both for good)
    /// ```
    package enum Health: Equatable, Sendable {
        /// Known, not yet asked, because no run is on.
        case joining
        /// A probe is under way.
        case probing
        case usable
        /// The breaker is open: left alone until its timer fires, then probed.
        case suspect
        case draining
        case excluded
        case gone

        /// Whether the worker may be of use later, or is now.
        var isRecoverable: Bool { self != .excluded && self != .gone }
    }

    package var health = Health.joining
    /// Whether the list of workers still has it.
    var isListed = true
    /// Jobs computed at the same time, as the worker last described itself.
    package var slots = 1
    /// The job that it was given last, copies of stragglers left out.
    var lastJob: JobIndex?
    /// Attempts in flight, oldest first, those that wait for a blob included. Never more than `slots + 1`.
    var attempts: [AttemptIndex] = []
    /// Blobs that the worker is believed to hold.
    private(set) var blobs: Set<ContentHash> = []
    /// A list of blobs that it was last found to hold in full: jobs mostly need the same ones, one after the other.
    private var lastSatisfiedBlobs: [ContentHash] = []
    /// Blobs on their way to the worker.
    var uploads: Set<ContentHash> = []
    /// Failures since the last success: above 0 the worker is on trial, with one attempt at a time.
    var consecutiveFailures = 0
    var invalidResults = 0
    /// Until its timer fires, a worker that was busy gets no more than this many attempts at a time.
    var concurrencyCap: Int?
    /// The last trouble, for messages.
    package var lastCause: String?
    package var counters = WorkerCounters()

    /// The most attempts that may be in flight now: one above the slots hides the way from one job to the next.
    var capacity: Int {
        guard health == .usable else { return 0 }
        return min(consecutiveFailures > 0 ? 1 : slots + 1, concurrencyCap ?? .max)
    }

    /// Slots without an attempt, 0 if there is only the surplus place.
    var freeSlots: Int { max(0, min(capacity, slots) - attempts.count) }

    /// Whether another attempt may be given.
    var hasRoom: Bool { attempts.count < capacity }

    /// How many of the blobs the worker lacks.
    func missingCount(of needed: [ContentHash]) -> Int {
        needed.isEmpty || needed == lastSatisfiedBlobs ? 0 : needed.count { !blobs.contains($0) }
    }

    /// Whether the worker holds all the blobs.
    mutating func holds(_ needed: [ContentHash]) -> Bool {
        if needed.isEmpty || needed == lastSatisfiedBlobs { return true }
        guard needed.allSatisfy(blobs.contains) else { return false }
        lastSatisfiedBlobs = needed
        return true
    }

    /// Replaces what is known of the worker's blobs.
    mutating func hold(only held: some Sequence<ContentHash>) {
        blobs = Set(held)
        lastSatisfiedBlobs = []
    }

    mutating func add(_ blob: ContentHash) { blobs.insert(blob) }

    mutating func lose(_ lost: [ContentHash]) {
        blobs.subtract(lost)
        lastSatisfiedBlobs = []
    }
}

/// What the scheduler knows of a run that is on.
struct RunRecord: Sendable {
    let run: RunIndex
    let priority: RunPriority
    var noMoreJobs = false
    /// Jobs without an attempt in flight, but for those that are parked or stranded.
    var pending: JobQueue
    /// Jobs that are neither completed nor given up.
    var liveJobCount = 0
    var attemptCount = 0
    /// Attempts for which no slot was free yet: they wait at their workers.
    var surplusCount = 0
    /// Attempts that are the only one of their job, by their start: the first is the next straggler.
    var loneAttempts = PriorityQueue<AttemptIndex, Duration>()
    var durations = RunningMedian()
    var counters = SchedulerCounters()

    init(_ run: RunIndex, _ priority: RunPriority) {
        (self.run, self.priority) = (run, priority)
        pending = JobQueue(of: run)
    }

    var isDone: Bool { noMoreJobs && liveJobCount == 0 }
}

/// A job that is neither completed nor poisoned.
package struct JobRecord: Sendable {
    let blobs: [ContentHash]
    let continuesPrevious: Bool
    var attempts = AttemptPair()
    /// Distinct workers that failed it.
    var failedOn: [WorkerIndex] = []
    /// Failures for which the job may be to blame.
    var failures = 0
    var firstCause: String?
    /// Results kept for comparison, no two alike, each of another worker.
    var votes: [Vote] = []

    func hasVote(of worker: WorkerIndex) -> Bool { votes.contains { $0.worker == worker } }
}

/// The attempts of a job that are in flight: none, one, or a first one and its copy.
struct AttemptPair: RandomAccessCollection, Sendable {
    private var first: AttemptIndex?
    private var second: AttemptIndex?

    var startIndex: Int { 0 }
    var endIndex: Int { first == nil ? 0 : second == nil ? 1 : 2 }

    subscript(position: Int) -> AttemptIndex {
        guard let attempt = position == 0 ? first : second else {
            preconditionFailure("expected less than \(count), found \(position)")
        }
        return attempt
    }

    mutating func append(_ attempt: AttemptIndex) {
        precondition(second == nil, "\(attempt) would be the third at a time")
        if first == nil { first = attempt } else { second = attempt }
    }

    mutating func remove(_ attempt: AttemptIndex) {
        if second == attempt {
            second = nil
        } else if first == attempt {
            (first, second) = (second, nil)
        }
    }
}

/// A job lent to a worker.
struct AttemptRecord: Sendable {
    let job: JobIndex
    let worker: WorkerIndex
    let startedAt: Duration
    /// Whether it is the second copy of a straggler.
    let isCopy: Bool
    /// When it was sent, nil as long as it waits for blobs.
    var sentAt: Duration?
    /// Whether a slot may be computing it; false for the surplus attempt, which cannot have killed the worker.
    var mayRun: Bool
    /// Answers 424 so far.
    var missingBlobRounds = 0
}

/// The order in which workers are offered jobs: most free slots first, then by index.
struct Readiness: Comparable, Sendable {
    let freeSlots: Int
    let worker: WorkerIndex

    static func < (left: Readiness, right: Readiness) -> Bool {
        left.freeSlots != right.freeSlots ? left.freeSlots > right.freeSlots : left.worker < right.worker
    }
}

/// A worker that a job could go to. The best one has the most free slots; among equals it lacks the fewest of the job's blobs, then
/// had the job that this one continues, and then joined first.
struct Candidate: Comparable, Sendable {
    let freeSlots: Int
    let missingCount: Int
    let isNext: Bool
    let worker: WorkerIndex

    static func < (left: Candidate, right: Candidate) -> Bool {
        if left.freeSlots != right.freeSlots { return left.freeSlots < right.freeSlots }
        if left.missingCount != right.missingCount { return left.missingCount > right.missingCount }
        return left.isNext != right.isNext ? right.isNext : left.worker > right.worker
    }
}

/// What a timer is for.
enum SchedulerTimer: Hashable, Sendable {
    /// The end of a pause: a probe is due, or a busy worker may be offered jobs as before.
    case worker(WorkerIndex)
    case straggler
    /// The end of the wait for a worker to compare results with.
    case vote
    case grace
    case stall
}

extension SchedulerTimer: SchedulerIndex {
    /// The four timers of all runs, then those of the workers.
    var value: Int {
        switch self {
        case .straggler: 0
        case .vote: 1
        case .grace: 2
        case .stall: 3
        case .worker(let worker): 4 + worker.value
        }
    }

    init(_ value: Int) {
        switch value {
        case 0: self = .straggler
        case 1: self = .vote
        case 2: self = .grace
        case 3: self = .stall
        default: self = .worker(WorkerIndex(value - 4))
        }
    }
}
