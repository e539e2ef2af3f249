/// What happened, in numbers: of a run, or of a command when added up.
///
/// At any time `attemptsStarted` is the sum of the attempts by outcome and of those in flight.
struct SchedulerCounters: Codable, Equatable, Sendable {
    var jobsAdded = 0
    var jobsDone = 0
    var jobsPoisoned = 0
    /// Ended without a result, without harm to the run.
    var jobsWithdrawn = 0

    var attemptsStarted = 0
    var attemptsSucceeded = 0
    /// The worker could not be reached, or the connection broke.
    var attemptsLost = 0
    var attemptsTimedOut = 0
    var attemptsInvalid = 0
    var attemptsRefused = 0
    var attemptsBusy = 0
    var attemptsDraining = 0
    /// Given up by the scheduler: the other copy won, the worker left, a blob did not get through, the run ended.
    var attemptsCancelled = 0

    /// Second copies of stragglers, and how many of them gave the result.
    var copiesStarted = 0
    var copiesWon = 0
    /// Jobs whose result two workers gave alike, and jobs that should have been compared but found no second worker.
    var jobsVerified = 0
    var jobsUnverified = 0
    /// Workers that two others contradicted.
    var workersQuarantined = 0
    /// Answers 424.
    var missingBlobAnswers = 0
    var uploadsDone = 0
    var uploadsFailed = 0
}

/// What happened at one worker, over all runs of a command.
struct WorkerCounters: Codable, Equatable, Sendable {
    var jobsDone = 0
    /// Lost, timed out, invalid and refused attempts.
    var attemptsFailed = 0
    /// Attempts given to this worker for jobs that had failed before.
    var retries = 0
    /// Answers 429 or 503.
    var busyAnswers = 0
    var uploadsDone = 0
}
