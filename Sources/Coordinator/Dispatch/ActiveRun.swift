import Foundation
internal import Jobs
internal import Primitives
internal import Scheduling

/// The dispatcher's side of a run that is on.
struct ActiveRun {
    /// Hands one output to the run's caller.
    typealias Delivery = @Sendable () async throws -> Void

    let client: DispatchClient
    let blobs: BlobSource
    /// Attempts for which the run's group is to have a task.
    let sends: AsyncStream<AttemptIndex>.Continuation
    let deliveries: AsyncStream<Delivery>.Continuation
    let onProgress: @Sendable (DispatchProgress) -> Void

    /// Jobs that are not delivered yet; a result becomes what delivers it.
    var jobs: [JobIndex: DispatchJob<Delivery>] = [:]
    /// By worker and image: the name under which the worker reads the image, nil for none.
    var localities: [WorkerIndex: [Int: String?]] = [:]
    /// Jobs taken from the source and neither delivered nor given up.
    var undeliveredCount = 0
    /// Jobs whose results the journal had.
    var restoredCount = 0
    /// The source's task, while it waits for room in the window.
    var roomWaiter: CheckedContinuation<Void, Never>?
    /// Set once the run is over: nothing new begins.
    var isOver = false
    var error: RunError?
    var incomplete = IncompleteRun()
}

/// An attempt in flight, of any run.
struct ActiveAttempt {
    let job: JobIndex
    let worker: WorkerIndex
    let client: DispatchClient
    var task: Task<Void, Never>?
    /// What was sent, as long as it is needed to know the job's id.
    var body: Data?
    /// The job's id at the worker, once the worker has said it.
    var id: ContentHash?
    /// Not sent, because its client is stopping.
    var isHeldBack = false
}

/// A result that has passed its checks, until the state decides on it.
struct CheckedResult {
    let run: RunIndex
    let deliver: ActiveRun.Delivery
}
