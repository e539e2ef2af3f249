/// The limits by which the scheduler judges workers and jobs.
struct SchedulerLimits: Sendable {
    /// How long an attempt may stay without a sign of life from its worker. Longer than a long poll.
    var lease: Duration = .seconds(120)
    /// A job that failed on this many distinct workers is poisoned.
    var distinctWorkersMax = 3
    /// A job that failed this many times in all is poisoned, however few workers there are.
    var jobFailuresMax = 5
    /// A worker that gave this many invalid results is not used again.
    var invalidResultsMax = 2
    /// An attempt that was told this many times that a blob is missing counts as refused.
    var missingBlobRoundsMax = 3
    /// Pauses between the probes of a worker that fails.
    var backoff = Backoff(first: .milliseconds(250), longest: .seconds(10))
    /// The pause before a draining worker is asked whether it has come back.
    var drainingPause: Duration = .seconds(5)
    /// Bounds of the pause that a busy worker may ask for.
    var busyPause: ClosedRange<Duration> = .milliseconds(50) ... .seconds(30)
    /// Without a usable worker for this long, the run is over.
    var grace: Duration = .seconds(20)
    /// The same when every known worker has refused us for good: that is a mistake of ours, which waiting does not mend.
    var hopelessGrace: Duration = .seconds(2)
    /// Without any sign of progress for this long, such as when every worker is always busy, the run is over.
    var stall: Duration = .seconds(600)
    /// A timer that is acted on later than this says that the clock has jumped, or that the process was stopped for a while.
    var latenessMax: Duration = .seconds(5)
    /// Jobs that run twice, on different workers.
    var verified = VerifiedShare.none
    /// How long a job waits for another worker to confirm its result, before it counts unconfirmed.
    var opinionWait: Duration = .seconds(5)
    /// Differing results after which a job is given up.
    var opinionsMax = 4
    /// An attempt is a straggler once it is older than this many medians, and than `stragglerAge`.
    var stragglerPercentOfMedian = 150
    var stragglerAge: Duration = .seconds(1)
}
