internal import Primitives
internal import Synchronization

/// What a command still does between the first signal and its cancellation.
///
/// Safe to use from any task.
final class Interruption: Sendable {
    /// That of the command that runs.
    @TaskLocal static var current: Interruption?

    private let lastWork = Lock<(@Sendable () async -> Void)?>(nil)

    /// Has `work` done before the command is cancelled.
    func beforeCancellation(_ work: @escaping @Sendable () async -> Void) { lastWork.withLock { $0 = work } }

    /// Does what was asked for, once; nothing if nothing was.
    func prepareCancellation() async {
        let work = lastWork.withLock { work in
            defer { work = nil }
            return work
        }
        await work?()
    }
}
