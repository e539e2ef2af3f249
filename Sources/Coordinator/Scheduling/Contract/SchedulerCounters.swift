/// What happened, in numbers: of a run, or of a command when added up.
///
/// At any time `attemptsStarted` is the sum of the attempts by outcome and of those in flight.
package struct SchedulerCounters: Codable, Equatable, Sendable {
    package var jobsAdded = 0
    package var jobsDone = 0
    package var jobsPoisoned = 0
    /// Ended without a result, without harm to the run.
    package var jobsWithdrawn = 0

    package var attemptsStarted = 0
    package var attemptsSucceeded = 0
    /// The worker could not be reached, or the connection broke.
    package var attemptsLost = 0
    package var attemptsTimedOut = 0
    package var attemptsInvalid = 0
    package var attemptsRefused = 0
    package var attemptsBusy = 0
    package var attemptsDraining = 0
    /// Given up by the scheduler: the other copy won, the worker left, a blob did not get through, the run ended.
    package var attemptsCancelled = 0

    /// Second copies of stragglers, and how many of them gave the result.
    package var copiesStarted = 0
    package var copiesWon = 0
    /// Jobs whose result two workers gave alike, and jobs that should have been compared but found no second worker.
    package var jobsVerified = 0
    package var jobsUnverified = 0
    /// Workers that two others contradicted.
    package var workersQuarantined = 0
    /// Answers 424.
    package var missingBlobAnswers = 0
    package var uploadsDone = 0
    package var uploadsFailed = 0

    package init() {}
}

extension SchedulerCounters {
    package static func += (left: inout SchedulerCounters, right: SchedulerCounters) {
        for counter in [
            \SchedulerCounters.jobsAdded, \.jobsDone, \.jobsPoisoned, \.jobsWithdrawn, \.attemptsStarted, \.attemptsSucceeded,
            \.attemptsLost,
            \.attemptsTimedOut, \.attemptsInvalid, \.attemptsRefused, \.attemptsBusy, \.attemptsDraining, \.attemptsCancelled,
            \.copiesStarted, \.copiesWon, \.jobsVerified, \.jobsUnverified, \.workersQuarantined, \.missingBlobAnswers,
            \.uploadsDone, \.uploadsFailed,
        ] as [WritableKeyPath<SchedulerCounters, Int>] {
            left[keyPath: counter] += right[keyPath: counter]
        }
    }
}

/// What happened at one worker, over all runs of a command.
package struct WorkerCounters: Codable, Equatable, Sendable {
    package var jobsDone = 0
    /// Lost, timed out, invalid and refused attempts.
    package var attemptsFailed = 0
    /// Attempts given to this worker for jobs that had failed before.
    package var retries = 0
    /// Answers 429 or 503.
    package var busyAnswers = 0
    package var uploadsDone = 0

    package init() {}
}
