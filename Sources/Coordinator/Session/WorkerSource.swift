/// Where the workers of a pool come from: processes that the pool starts, or running ones that a list names.
///
/// A list that can be read again is a `RosterSource`: one file in `Roster/Sources`, and one line in the command line's
/// `WorkerSourceOptions`. A source that starts its workers itself, as `LocalWorkers` does, is chosen in `WorkerSourceOptions.source`.
package protocol WorkerSource: Sendable {
    /// As messages name it, such as the path of a file; nil where the pool starts the workers itself.
    var name: String? { get }

    /// Whether the workers run on this machine, as this user.
    var isLocal: Bool { get }

    /// Slots of the workers that are there or will be soon, 1 or more. Called once, before `serve`.
    ///
    /// - Parameter slots: asks a worker for its slots; nil if it does not answer.
    func expectedSlots(_ slots: @escaping @Sendable (WorkerEndpoint) async -> Int?) async throws -> Int

    /// Keeps the dispatcher's workers as the source has them, as long as `body` runs.
    func serve(_ dispatcher: Dispatcher, while body: @escaping @Sendable () async -> Void) async

    /// The largest resident size of workers that have ended, in bytes; nil where the source does not know.
    var workerPeakMemory: Int? { get }
}
