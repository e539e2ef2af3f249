import Foundation
internal import Jobs
internal import Primitives
internal import Scheduling

/// The dispatcher's side of the run that is on.
struct ActiveRun {
    /// A job whose output type is hidden in closures.
    struct Job: Sendable {
        let label: String
        let sight: ImageSight?
        let body: @Sendable (_ name: String?) throws -> Data
        /// Decodes and checks a result, and returns what delivers it.
        let accept: @Sendable (Data) throws -> Delivery
        /// Takes the failure of a job that fails alone.
        let failed: (@Sendable (JobFailure) async throws -> Void)?
    }

    /// Hands one output to the run's caller.
    typealias Delivery = @Sendable () async throws -> Void

    /// What the run's group has a task for.
    enum Work: Sendable {
        case probe(WorkerIndex)
        case upload(ContentHash, WorkerIndex)
        case attempt(AttemptIndex, JobIndex, WorkerIndex)
        case sleep(until: Duration)
        case stop(at: Duration)
        case tellAbandoned
    }

    /// An attempt in flight.
    struct Attempt {
        let worker: WorkerIndex
        var task: Task<Void, Never>?
        /// What was sent, as long as it is needed to know the job's id.
        var body: Data?
        /// The job's id at the worker, once the worker has said it.
        var id: ContentHash?
        /// Not sent, because the run is being stopped.
        var isHeldBack = false
    }

    let blobs: BlobSource
    let works: AsyncStream<Work>.Continuation
    let deliveries: AsyncStream<Delivery>.Continuation
    let onProgress: @Sendable (DispatchProgress) -> Void

    /// Jobs that are not delivered yet.
    var jobs: [JobIndex: Job] = [:]
    var attempts: [AttemptIndex: Attempt] = [:]
    /// Results that have passed their checks, until the state decides on them.
    var results: [AttemptIndex: Delivery] = [:]
    /// By worker and image: the name under which the worker reads the image, nil for none.
    var sights: [WorkerIndex: [Int: String?]] = [:]
    /// Attempts whose workers are still to be told that nobody wants the result.
    var abandoned: [Attempt] = []
    /// Jobs taken from the source and neither delivered nor given up.
    var undeliveredCount = 0
    /// The source's task, while it waits for room in the window.
    var roomWaiter: CheckedContinuation<Void, Never>?
    /// Size of the last job document, as a guess for the next.
    var bodyBytesGuess = 1 << 20
    /// Set once the run is over: nothing new begins.
    var isOver = false
    var error: RunError?
    var incomplete = IncompleteRun()
}
