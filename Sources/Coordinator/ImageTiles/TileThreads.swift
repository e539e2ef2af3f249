internal import Dispatch
internal import Primitives
internal import Synchronization

/// A few threads for work that blocks: none of them is an actor's, and none is of the pool on which tasks run.
///
/// The work that came last is done first: who pans wants the tiles of the view at hand. Safe to use from any thread.
final class TileThreads: Sendable {
    private let countMax: Int
    private let priority: DispatchQoS.QoSClass
    private let state = Lock<(running: Int, waiting: [@Sendable () -> Void])>((0, []))

    /// - Parameter count: of pieces of work that are done at once.
    init(count: Int, priority: DispatchQoS.QoSClass) {
        precondition(count >= 1, "\(count) threads")
        (countMax, self.priority) = (count, priority)
    }

    /// Does `work` on one of the threads. If the task is cancelled, work that has not begun is left out, and what it reads is called off.
    func run<Value: Sendable>(
        _ work: @escaping @Sendable () throws(TileError) -> Value
    ) async throws(TileError) -> Value {
        let flag = CancellationFlag()
        let outcome = Outcome<Value>()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                start {
                    let result = Self.result(of: work, flag)
                    outcome.result.withLock { $0 = result }
                    continuation.resume()
                }
            }
        } onCancel: {
            flag.raise()
        }
        guard let result = outcome.result.withLock({ $0 }) else { preconditionFailure("work without a result") }
        return try result.get()
    }

    /// What goes from a thread to the task that waits: by a lock, as ThreadSanitizer does not see how a continuation is handed over.
    private final class Outcome<Value: Sendable>: Sendable {
        let result = Lock<Result<Value, TileError>?>(nil)
    }

    private static func result<Value: Sendable>(
        of work: @Sendable () throws(TileError) -> Value, _ flag: CancellationFlag
    ) -> Result<Value, TileError> {
        guard !flag.isRaised else { return .failure(.cancelled) }
        return CancellationFlag.$current.withValue(flag) {
            do throws(TileError) {
                return .success(try work())
            } catch {
                return .failure(flag.isRaised ? .cancelled : error)
            }
        }
    }

    /// Does `work` some time.
    func start(_ work: @escaping @Sendable () -> Void) {
        let isNew = state.withLock { state in
            state.waiting.append(work)
            guard state.running < countMax else { return false }
            state.running += 1
            return true
        }
        if isNew { DispatchQueue.global(qos: priority).async { [self] in drain() } }
    }

    private func drain() {
        while true {
            let work = state.withLock { state -> (@Sendable () -> Void)? in
                if let last = state.waiting.popLast() { return last }
                state.running -= 1
                return nil
            }
            guard let work else { return }
            work()
        }
    }
}
