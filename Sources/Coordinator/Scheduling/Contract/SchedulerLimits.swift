/// The limits by which the scheduler judges workers and jobs.
package struct SchedulerLimits: Sendable {
    /// How long an attempt may stay without a sign of life from its worker. Longer than a long poll.
    package var lease: Duration = .seconds(120)
    /// A job that failed on this many distinct workers is poisoned.
    package var distinctWorkersMax = 3
    /// A job that failed this many times in all is poisoned, however few workers there are.
    package var jobFailuresMax = 5
    /// A worker that gave this many invalid results is not used again.
    package var invalidResultsMax = 2
    /// An attempt that was told this many times that a blob is missing counts as refused.
    package var missingBlobRoundsMax = 3
    /// Pauses between the probes of a worker that fails.
    package var backoff = Backoff(first: .milliseconds(250), longest: .seconds(10))
    /// The pause before a draining worker is asked whether it has come back.
    package var drainingPause: Duration = .seconds(5)
    /// Bounds of the pause that a busy worker may ask for.
    package var busyPause: ClosedRange<Duration> = .milliseconds(50) ... .seconds(30)
    /// Without a usable worker for this long, the run is over.
    package var grace: Duration = .seconds(20)
    /// The same when every known worker has refused us for good: that is a mistake of ours, which waiting does not mend.
    package var hopelessGrace: Duration = .seconds(2)
    /// Without any sign of progress for this long, such as when every worker is always busy, the run is over.
    package var stall: Duration = .seconds(600)
    /// A timer that is acted on later than this says that the clock has jumped, or that the process was stopped for a while.
    package var latenessMax: Duration = .seconds(5)
    /// Jobs that run twice, on different workers.
    package var verified = VerifiedShare.none
    /// How long a job waits for another worker to confirm its result, before it counts unconfirmed.
    package var voteWait: Duration = .seconds(5)
    /// Differing results after which a job is given up.
    package var votesMax = 4
    /// An attempt is a straggler once it is older than this many medians, and than `stragglerAge`.
    package var stragglerPercentOfMedian = 150
    package var stragglerAge: Duration = .seconds(1)

    package init() {}
}
