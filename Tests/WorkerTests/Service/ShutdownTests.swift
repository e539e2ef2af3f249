internal import Core
internal import Logging
internal import ServiceLifecycle
internal import Testing

@testable import Worker

@Suite struct ShutdownTests {
    @Test func `a job that runs when the worker shuts down is finished, and its large result arrives whole`() async throws {
        let load = GatedWorkload()
        var logger = Logger(label: "test", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .critical
        let server = WorkerServer(
            load, address: ListenAddress(host: "127.0.0.1", port: 0),
            limits: WorkerLimits(slots: 1, memory: WorkerLimits.memoryMin), token: nil, logger: logger)
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let group = ServiceGroup(
            services: [Host { try await server.run { continuation.yield($0) } }], gracefulShutdownSignals: [], logger: logger)
        let served = Task {
            defer { continuation.finish() }
            try await group.run()
        }
        var iterator = ports.makeAsyncIterator()
        let client = HTTPClient(port: try #require(await iterator.next()))
        let job = GatedWorkload.Job(name: "large", gate: true, padding: 64 << 20)
        #expect(try await client.send("POST", "/v1/jobs", body: job.document.body).status == 202)

        let answer = Task { try await client.send("GET", "/v1/jobs/\(job.document.id)?wait=30") }
        // The request is there as soon as somebody waits: its answer is then under way when the shutdown begins.
        while server.engine.snapshot.waiterCount == 0 { await Task.yield() }
        await group.triggerGracefulShutdown()
        load.open("large")

        let result = try await answer.value
        #expect(result.status == 200)
        #expect(result.body.count > 64 << 20)
        try await served.value
    }

    /// A service made of a function.
    private struct Host: Service {
        let body: @Sendable () async throws -> Void

        func run() async throws { try await body() }
    }
}
