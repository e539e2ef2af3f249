import Core

/// What the scheduler knows of one worker.
struct WorkerRecord: Sendable {
    /// ```
    /// joining ─▶ probing ─▶ usable ─▶ suspect ─▶ probing …      draining ─▶ probing …
    ///               └──────────┴─────────┴─▶ excluded | gone (both for good)
    /// ```
    enum Health: Equatable, Sendable {
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

    var health = Health.joining
    /// Whether the list of workers still has it.
    var isListed = true
    /// Jobs computed at the same time, as the worker last described itself.
    var slots = 1
    /// Attempts in flight, oldest first, those that wait for a blob included. Never more than `slots + 1`.
    var attempts: [AttemptIndex] = []
    /// Blobs that the worker is believed to hold.
    var blobs: Set<ContentHash> = []
    /// Blobs on their way to the worker.
    var uploads: Set<ContentHash> = []
    /// Failures since the last success: above 0 the worker is on trial, with one attempt at a time.
    var consecutiveFailures = 0
    var invalidResults = 0
    /// Until its timer fires, a worker that was busy gets no more than this many attempts at a time.
    var allowance: Int?
    /// The last trouble, for messages.
    var lastCause: String?
    var counters = WorkerCounters()

    /// The most attempts that may be in flight now: one above the slots hides the way from one job to the next.
    var capacity: Int {
        guard health == .usable else { return 0 }
        return min(consecutiveFailures > 0 ? 1 : slots + 1, allowance ?? .max)
    }

    /// Slots without an attempt, 0 if there is only the surplus place.
    var freeSlots: Int { max(0, min(capacity, slots) - attempts.count) }

    /// Whether another attempt may be given.
    var hasRoom: Bool { attempts.count < capacity }
}

/// A job that is neither completed nor poisoned.
struct JobRecord: Sendable {
    let blobs: [ContentHash]
    /// Attempts in flight: at most two.
    var attempts: [AttemptIndex] = []
    /// Distinct workers that failed it.
    var failedOn: [WorkerIndex] = []
    /// Failures for which the job may be to blame.
    var failures = 0
    var firstCause: String?
    /// Results kept for comparison, no two alike, each of another worker.
    var opinions: [Opinion] = []
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
    var deadline: Duration = .zero
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

/// What a timer is for.
enum SchedulerTimer: Hashable, Sendable {
    case lease(AttemptIndex)
    /// The end of a pause: a probe is due, or a busy worker may be offered jobs as before.
    case worker(WorkerIndex)
    case straggler
    /// The end of the wait for a worker to compare results with.
    case opinion
    case grace
    case stall
}
