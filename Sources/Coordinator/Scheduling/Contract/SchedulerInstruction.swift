package import Primitives

/// What the scheduler tells the world to do. The order within one answer is the order to act in.
package enum SchedulerInstruction: Equatable, Sendable {
    /// Ask the worker what it is; answer with `workerProbed`, within a limit of time.
    case probe(WorkerIndex)
    /// Bring the blob to the worker; answer with `blobUploaded` or `uploadFailed`, within a limit of time.
    case upload(ContentHash, WorkerIndex)
    /// Give the job to the worker; answer with events about the attempt.
    case send(AttemptIndex, JobIndex, WorkerIndex)
    /// The attempt is of no interest any more: stop it, answer nothing.
    case cancel(AttemptIndex)

    /// The attempt's result is the job's result. Comes once per job.
    case completed(JobIndex, AttemptIndex)
    /// The attempt's result, kept for comparison, is not needed any more.
    case discard(AttemptIndex)
    /// The job is given up; `cause` is its first failure. Comes once per job, and never for a completed one.
    case poisoned(JobIndex, cause: String)
    /// The job is given up because these workers gave different results and nobody is left to decide. Takes the place of `poisoned`.
    case noQuorum(JobIndex, between: [WorkerIndex])

    /// Every job of the run is completed, poisoned or withdrawn. Nothing of the run is in flight.
    case finished(RunIndex)
    /// The job, or a blob, can never be right: the run is over. Nothing of it is in flight after the `cancel`s before this.
    case runFailed(RunIndex, JobIndex?, String)
    /// There is no usable worker, or none has made progress, for too long: every run is over.
    case workersLost(String)

    /// Send `timeReached` at this moment. Earlier wishes stay valid; a `timeReached` too many does no harm.
    case wake(at: Duration)
    /// Something that people may want to read in the log.
    case note(SchedulerNote)
}

/// A turn of events worth a line in the log.
package enum SchedulerNote: Equatable, Sendable {
    case workerUsable(WorkerIndex, slots: Int)
    case workerSuspect(WorkerIndex, cause: String, pause: Duration)
    case workerDraining(WorkerIndex)
    case workerRetired(WorkerIndex)
    case workerGone(WorkerIndex, cause: String)
    /// The worker is not used again in this command.
    case workerExcluded(WorkerIndex, cause: String)
    case jobFailed(JobIndex, WorkerIndex, cause: String)
    case stragglerCopied(JobIndex, from: WorkerIndex, to: WorkerIndex)
    /// There is no second worker to compare results with. Comes once.
    case unverified(JobIndex, by: WorkerIndex)
}
