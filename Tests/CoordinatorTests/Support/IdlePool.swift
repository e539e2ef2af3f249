import Foundation
@testable import HTTPClient
import Primitives
internal import Synchronization
import Testing

@testable import Coordinator

/// A pool without workers, for what a run does before any is asked.
enum IdlePool {
    private struct NoWorkers: WorkerSource {
        var name: String? { "nobody" }
        var isLocal: Bool { false }
        var workerPeakMemory: Int? { nil }

        func expectedSlots(_ slots: @escaping @Sendable (WorkerEndpoint) async -> Int?) async throws -> Int { 1 }
        func serve(_ dispatcher: Dispatcher, while body: @escaping @Sendable () async -> Void) async { await body() }
    }

    /// What `body` makes of a run.
    static func run<Value: Sendable>(_ body: @escaping @Sendable (Run) async throws -> Value) async throws -> Value {
        let result = Lock<Result<Value, any Error>?>(nil)
        try await WorkerPool.serve(NoWorkers(), log: { _ in }) { pool in
            let found: Result<Value, any Error>
            do {
                found = .success(try await body(Run(on: pool)))
            } catch {
                found = .failure(error)
            }
            result.withLock { $0 = found }
        }
        let found = try #require(result.withLock { $0 }, "the pool ended without the work")
        return try found.get()
    }
}
