import Foundation
internal import HTTPServing
@testable import HTTPClient
import Logging
@testable import Primitives
internal import Synchronization
import Testing

@testable import Coordinator
@testable import Worker

/// The ways in which a coordinator speaks to workers of this process.
enum Transport: String, CaseIterable, Sendable {
    /// By calls of functions.
    case memory
    case http

    /// Makes the connection to a worker.
    typealias Connect = @Sendable (WorkerEndpoint) -> any WorkerConnection

    /// Of every worker. No job of these tests is refused for lack of memory.
    private static let limits = WorkerLimits(slots: 2, memory: 512 << 20)

    /// Connects to workers that do the real work, as long as `body` runs.
    ///
    /// - Parameter body: gets the workers, and what makes the connection to one.
    func connect(
        workerCount: Int, _ body: @escaping @Sendable ([WorkerEndpoint], @escaping Connect) async throws -> Void
    ) async throws {
        switch self {
        case .memory:
            var workers: [WorkerEndpoint: InMemoryWorker] = [:]
            for number in 0..<workerCount {
                workers[WorkerEndpoint(url: "memory://\(number)")] = InMemoryWorker(Self.limits)
            }
            let all = workers
            try await body(all.keys.sorted { $0.url < $1.url }) { endpoint in
                guard let worker = all[endpoint] else { preconditionFailure("no worker at \(endpoint)") }
                return worker
            }
        case .http:
            let client = CurlClient()
            try await Self.serve(workerCount) { endpoints in try await body(endpoints) { WorkerClient($0, over: client) } }
        }
    }

    /// Opens a pool of two workers.
    ///
    /// - Parameter body: what it throws is thrown.
    func serve(_ body: @escaping @Sendable (WorkerPool) async throws -> Void) async throws {
        let failure = Lock<(any Error)?>(nil)
        try await connect(workerCount: 2) { endpoints, connect in
            try await WorkerPool.serve(
                GivenWorkers(endpoints: endpoints, slots: 2 * Self.limits.slots), WorkerPool.Settings(), over: CurlClient(),
                connect: connect, log: { _ in }
            ) { pool in
                do { try await body(pool) } catch { failure.withLock { $0 = error } }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }

    /// Servers on free ports.
    private static func serve(_ count: Int, _ body: @escaping @Sendable ([WorkerEndpoint]) async throws -> Void) async throws {
        var logger = Logger(label: "test", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .critical
        let servers = (0..<count).map { _ in
            WorkerServer(
                CoreWorkload(limits: limits), address: ListenAddress(host: "127.0.0.1", port: 0), limits: limits, token: nil,
                logger: logger)
        }
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for server in servers {
                group.addTask {
                    // A server that does not start ends the wait for its port.
                    defer { continuation.finish() }
                    try await server.run { continuation.yield($0) }
                }
            }
            var endpoints: [WorkerEndpoint] = []
            for await port in ports {
                endpoints.append(WorkerEndpoint(url: "http://127.0.0.1:\(port)"))
                if endpoints.count == count { break }
            }
            try #require(endpoints.count == count, "a worker did not start")
            try await body(endpoints)
            group.cancelAll()
            // Cancelled by this test: how the servers take it is no matter.
            while await group.nextResult() != nil {}
        }
    }
}

/// Workers that are there already.
private struct GivenWorkers: WorkerSource {
    let endpoints: [WorkerEndpoint]
    let slots: Int

    var name: String? { "the test" }
    var isLocal: Bool { false }
    var workerPeakMemory: Int? { nil }

    func expectedSlots(_ slots: @escaping @Sendable (WorkerEndpoint) async -> Int?) async throws -> Int { self.slots }

    func serve(_ dispatcher: Dispatcher, while body: @escaping @Sendable () async -> Void) async {
        for endpoint in endpoints { await dispatcher.join(endpoint) }
        await body()
    }
}
