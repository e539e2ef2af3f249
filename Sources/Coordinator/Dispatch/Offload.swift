import Dispatch

/// Runs `work` on a thread where computing is allowed: none of an actor, and none of the pool on which tasks run.
///
/// As many pieces of work run at once as the machine has processors. It is not interrupted when the task is cancelled.
func offload<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result(catching: work)) }
    }
}
