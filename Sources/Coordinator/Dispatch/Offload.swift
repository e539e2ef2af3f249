import Dispatch
internal import Primitives

/// Runs `work` on a thread where computing is allowed: none of an actor, and none of the pool on which tasks run.
///
/// As many pieces of work run at once as the machine has processors. It is not interrupted when the task is cancelled; what it reads is,
/// if the task's `CancellationFlag` is raised.
func offload<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    let flag = CancellationFlag.current
    return try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async {
            continuation.resume(with: Result { try CancellationFlag.$current.withValue(flag, operation: work) })
        }
    }
}
