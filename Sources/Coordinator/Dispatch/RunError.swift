internal import Scheduling

/// Why a run did not complete every job. What was delivered before stays delivered. `description` is one line.
enum RunError: Error, Sendable, CustomStringConvertible {
    /// There is nobody left to work, or nobody makes progress.
    case workersLost(String)
    /// Some jobs were given up; all others are delivered.
    case incomplete(IncompleteRun)
    /// A worker says that a job, or a blob, can never be right.
    case rejected(String)
    /// The source of jobs, a job's document or a blob could not be read.
    case source(any Error)
    /// A result could not be delivered.
    case delivery(any Error)
    /// A newer coordinator has taken the run over: workers take nothing from this one any more.
    case superseded(run: String)
    /// The surrounding task was cancelled.
    case cancelled

    var description: String {
        switch self {
        case .workersLost(let message): message
        case .incomplete(let run): run.description
        case .rejected(let message): message
        case .source(let error): String(describing: error)
        case .delivery(let error): String(describing: error)
        case .superseded(let run): "run \(run): superseded by a newer coordinator"
        case .cancelled: "cancelled"
        }
    }
}

/// A run that ended with some of its jobs given up.
struct IncompleteRun: Sendable, CustomStringConvertible {
    struct PoisonedJob: Sendable {
        let label: String
        /// Its first failure, with the worker where it happened.
        let cause: String
    }

    /// The first jobs that were given up, at most `namedMax`.
    var poisoned: [PoisonedJob] = []
    /// All jobs that were given up.
    var poisonedCount = 0
    var summary = RunSummary()

    private static let namedMax = 100

    /// Adds a job that was given up.
    mutating func add(_ label: String, cause: String) {
        poisonedCount += 1
        if poisoned.count < Self.namedMax { poisoned.append(PoisonedJob(label: label, cause: cause)) }
    }

    var description: String {
        let total = summary.counters.jobsAdded
        let named = poisoned.prefix(3).map { "\($0.label): \($0.cause)" }.joined(separator: "; ")
        let rest = poisonedCount > 3 ? "; and \(poisonedCount - 3) more" : ""
        return "\(poisonedCount) of \(total) jobs failed everywhere: \(named)\(rest)"
    }
}

/// What a run took.
struct RunSummary: Codable, Equatable, Sendable {
    /// Of the jobs that went to workers.
    var counters = SchedulerCounters()
    /// Jobs whose results the journal had.
    var restoredCount = 0
    var elapsedSeconds = 0.0
}

/// Why a job could not be done, when that concerns nothing but what the job is about.
enum JobFailure: Error, Sendable {
    /// Its document could not be written, such as for an image that ends too early.
    case unwritable(any Error)
    /// A worker says that it can never be right.
    case rejected(String)
    /// It failed wherever it was tried; its first failure.
    case givenUp(cause: String)
}
