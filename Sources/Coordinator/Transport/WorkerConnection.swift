import Foundation
internal import Primitives
internal import Protocol

/// A way to talk to one worker. A new transport, or a simulated worker, is one more type with these five calls.
///
/// Calls may overlap. Each ends within a limit of time of its own, and soon after its task is cancelled. Only what concerns the
/// way to the worker is thrown; what the worker itself says is a value.
protocol WorkerConnection: Sendable {
    /// Asks the worker what it is.
    func describe() async throws(TransportError) -> DescribeAnswer

    /// Gives the worker a job and waits up to `wait` for its result.
    ///
    /// - Parameter token: in whose name; nil for a job that nobody can take over.
    func submit(_ job: Data, wait: Duration, for token: FencingToken?) async throws(TransportError) -> JobAnswer

    /// Waits up to `wait` for the result of a job that was accepted.
    func poll(_ id: ContentHash, wait: Duration, for token: FencingToken?) async throws(TransportError) -> JobAnswer

    /// Tells the worker that nobody wants the job any more. Best effort: returns at once.
    func cancel(_ id: ContentHash, for token: FencingToken?)

    /// Brings a blob to the worker.
    func upload(_ blob: Data, as hash: ContentHash) async throws(TransportError) -> UploadAnswer
}

/// What a worker says about a job.
enum JobAnswer: Sendable {
    /// The result document, unchecked.
    case result(Data)
    /// The worker has the job; ask again.
    case accepted(ContentHash)
    case missing([ContentHash])
    case busy(retryAfter: Duration)
    case draining
    /// The worker does not know the job: it was started again, or has dropped the result.
    case forgotten
    /// The job failed; `retryable` says whether it may succeed later or elsewhere.
    case failed(ErrorDocument.Body)
    /// The token is wrong.
    case unauthorized
    /// The worker has heard from a newer coordinator of the same run.
    case superseded
}

/// What a worker says about itself.
enum DescribeAnswer: Sendable {
    case described(WorkerDescription)
    case unauthorized
    /// Something answers, but not as a worker does.
    case refused(String)
}

/// What a worker says about a blob.
enum UploadAnswer: Sendable {
    case stored
    case busy(retryAfter: Duration)
    case failed(ErrorDocument.Body)
    case unauthorized
}

/// Where a worker is, and what it wants to hear.
package struct WorkerEndpoint: Hashable, Sendable, CustomStringConvertible {
    /// `http(s)://host:port`.
    let url: String
    /// The bearer token, if the worker asks for one. Never shown.
    let token: String?
    /// Whether it was started here, on loopback: what is sent goes from memory to memory, and needs no hash to arrive as it was.
    let isLocal: Bool

    init(url: String, token: String? = nil, isLocal: Bool = false) {
        self.url = url
        self.token = token
        self.isLocal = isLocal
    }

    package var description: String { url }
}
