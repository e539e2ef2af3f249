internal import Jobs

/// A job on its way to the workers, with what the coordinator makes of its result.
struct PlannedJob<Work: Job, Value: Sendable>: Sendable {
    /// How messages name the job, such as `scan.png: tile 3`.
    let label: String
    let job: Work
    /// The image that it is about, if workers are to be asked whether they read it themselves.
    var sight: ImageSight?
    /// Whether a worker that had the job before does it with less effort, such as for a window next to the one before.
    var continuesPrevious = false
    /// The job as a worker needs it, by the name that the worker has for the image; nil if it is the same for all.
    var adapted: (@Sendable (_ name: String?) throws -> Work)?
    /// Checks a result against everything that the coordinator knows, and turns it into what is delivered.
    ///
    /// Throwing counts against the worker that sent it; the job then goes elsewhere. Runs where computing is allowed.
    let accept: @Sendable (Work.Output) throws -> Value
    /// Gets, in the place of a value, the reason why there is none; nil if the command ends with a job that cannot be done.
    var failed: (@Sendable (JobFailure) async throws -> Void)?
}

extension PlannedJob where Work: WindowJob {
    /// A job on a window.
    ///
    /// - Parameter job: with the window's outline.
    init(
        label: String, job: Work, window: TileWindow, of access: ImageAccess,
        accept: @escaping @Sendable (Work.Output) throws -> Value, failed: (@Sendable (JobFailure) async throws -> Void)? = nil
    ) {
        self.init(
            label: label, job: job, sight: access.sight, continuesPrevious: window.continuesPrevious,
            adapted: { name in
                var job = job
                job.window = try window.document(name)
                return job
            }, accept: accept, failed: failed)
    }
}
