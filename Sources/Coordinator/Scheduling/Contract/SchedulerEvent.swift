package import Primitives

/// What the world tells the scheduler. Events about attempts, uploads or probes that it no longer waits for are ignored.
package enum SchedulerEvent: Sendable {
    /// A run starts, beside those that are on. Indices come in order, without gaps.
    case runBegan(RunIndex, priority: RunPriority = .normal)
    /// The run's source gave a job that needs `blobs` at its worker. A run's numbers come in order, without gaps. `continuesPrevious`:
    /// a worker that had the job before does it with less effort.
    case jobAdded(JobIndex, blobs: [ContentHash], continuesPrevious: Bool = false)
    /// The run's source has ended.
    case noMoreJobs(RunIndex)
    /// The job can never be done, which concerns nothing else, or is of no interest any more: it ends without a result.
    case jobWithdrawn(JobIndex)
    /// The run is called off: what it has in flight is cancelled. Other runs go on.
    case runCancelled(RunIndex)

    /// A worker may exist. It is probed, then used. Indices come in order, without gaps.
    case workerJoined(WorkerIndex)
    /// The worker was taken off the roster: its jobs go elsewhere and bear no blame.
    case workerLeft(WorkerIndex)
    /// The worker was removed from the list: it finishes its jobs and receives no new ones.
    case workerRetired(WorkerIndex)
    /// The list has the worker again.
    case workerReinstated(WorkerIndex)
    /// The worker's process has ended by itself: the jobs that it may have been computing bear the blame.
    case workerDied(WorkerIndex, cause: String)
    /// The worker said that it takes no new jobs; those in flight may finish.
    case workerDraining(WorkerIndex)
    /// The answer to a probe.
    case workerProbed(WorkerIndex, ProbeAnswer)

    /// The worker has taken the attempt's job and still works on it, or the result is being checked: the lease starts anew.
    case attemptRenewed(AttemptIndex)
    /// The attempt's result is here and has passed its checks. `digest` is its hash, needed for jobs that are verified.
    case attemptSucceeded(AttemptIndex, digest: ContentHash? = nil)
    case attemptFailed(AttemptIndex, AttemptFailure)

    case blobUploaded(ContentHash, WorkerIndex)
    case uploadFailed(ContentHash, WorkerIndex, UploadFailure)

    /// A moment asked for by `SchedulerInstruction.wake` has come.
    case timeReached
}

/// What a worker answers when it is asked what it is.
package enum ProbeAnswer: Sendable {
    /// It works. `blobs` is everything that it holds.
    case described(slots: Int, blobs: [ContentHash], isDraining: Bool)
    /// No answer, or none that makes sense: it is asked again later.
    case failed(String)
    /// It will never do, such as for a wrong token or another version: it is not asked again.
    case unfit(String)
}

/// Why an attempt gave no result. Texts are one line for people.
package enum AttemptFailure: Sendable {
    /// The job never reached the worker. No blame on the job.
    case unreachable(String)
    /// The connection broke when the worker had, or may have had, the job.
    case connectionLost(String)
    /// No answer within a limit of time.
    case timedOut(String)
    /// 429 or 503: the worker takes no more jobs for this long. Not a failure.
    case busy(retryAfter: Duration)
    /// 424: the worker lacks these blobs.
    case missingBlobs([ContentHash])
    /// The worker takes no new jobs for good.
    case draining
    /// The result is malformed or fails its checks.
    case invalidResult(String)
    /// The worker answered with an error that may pass.
    case refused(String)
    /// The worker answered that the job can never succeed.
    case rejected(String)
    /// The worker does not accept our token, or is otherwise unfit for good.
    case unfit(String)
}

/// Why an upload did not get through.
package enum UploadFailure: Sendable {
    /// Connection, time limit, or an error that may pass.
    case failed(String)
    /// The worker has no room at the moment.
    case busy(retryAfter: Duration)
    /// The worker answered that this blob is never acceptable.
    case rejected(String)
    /// The worker does not accept our token.
    case unfit(String)
    /// It was not sent: no run needs it any more.
    case abandoned
}
