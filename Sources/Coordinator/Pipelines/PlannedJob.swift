internal import Core

/// A job on its way to the workers, with what the coordinator needs to make use of its result.
struct PlannedJob<Work: Job, Context: Sendable>: Sendable {
    /// How messages name the job, such as `scan.png: tile 3`.
    let label: String
    let job: Work
    let context: Context
}
