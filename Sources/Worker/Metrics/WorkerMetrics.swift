internal import Primitives
internal import Synchronization

/// What a worker counts from its start on. Safe from every thread.
final class WorkerMetrics: Sendable {
    /// How a job ended.
    enum JobEnd: String, Comparable, Sendable {
        case done
        /// Refused, or failed for good.
        case invalid
        case cancelled

        init(_ outcome: JobOutcome?) {
            self =
                switch outcome {
                case .result: .done
                case .invalid: .invalid
                case nil: .cancelled
                }
        }

        static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
    }

    struct JobSeries: Hashable, Sendable {
        var kind: String
        var outcome: JobEnd
    }

    /// One moment's counts.
    struct Counts: Sendable {
        var jobs: [JobSeries: Int] = [:]
        /// Time that slots computed, by kind of job, in seconds.
        var jobSeconds: [String: Double] = [:]
        /// Answers by HTTP status.
        var responses: [Int: Int] = [:]
        var requestBodyBytes = 0
        var responseBodyBytes = 0
        var blobEvictions = 0
    }

    private let state = Lock(Counts())

    var counts: Counts { state.withLock(\.self) }

    func countJob(kind: String, outcome: JobEnd, seconds: Double = 0) {
        state.withLock { counts in
            counts.jobs[JobSeries(kind: kind, outcome: outcome), default: 0] += 1
            counts.jobSeconds[kind, default: 0] += seconds
        }
    }

    func countResponse(status: Int, bodyBytes: Int) {
        state.withLock { counts in
            counts.responses[status, default: 0] += 1
            counts.responseBodyBytes += bodyBytes
        }
    }

    func countRequestBody(bytes: Int) { state.withLock { $0.requestBodyBytes += bytes } }

    func countEvictions(_ count: Int) { state.withLock { $0.blobEvictions += count } }
}
