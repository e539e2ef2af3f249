internal import Core

/// A job on its way to the workers, with what the coordinator makes of its result.
struct PlannedJob<Work: Job, Value: Sendable>: Sendable {
    /// How messages name the job, such as `scan.png: tile 3`.
    let label: String
    let job: Work
    /// Checks a result against everything that the coordinator knows, and turns it into what is delivered.
    ///
    /// Throwing counts against the worker that sent it; the job then goes elsewhere. Runs where computing is allowed.
    let accept: @Sendable (Work.Output) throws -> Value
}
