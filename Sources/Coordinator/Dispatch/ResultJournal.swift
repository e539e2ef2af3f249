import Foundation
internal import Scheduling

/// Where a run keeps the results of its jobs, and finds those that are known already.
///
/// Jobs are named by their position in the source. Called from any task, several at once.
protocol ResultJournal: Sendable {
    /// Whether there may be a result of the job. Quick.
    func mayHold(_ job: JobIndex) -> Bool
    /// The document of a result that was kept, as it was; nil if there is none, or if it is damaged. Runs where computing is allowed.
    func result(of job: JobIndex) throws -> Data?
    /// Drops a result that turned out to be of no use.
    func forget(_ job: JobIndex) throws
    /// Keeps a result that has passed its checks. It need not be safe on return: what is lost is computed again.
    func keep(_ result: Data, of job: JobIndex) async throws
}
