internal import Dispatch

/// Runs `work` on a thread where computing and blocking are allowed: none of the pool on which requests are answered.
func offloaded<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result { try work() }) }
    }
}
