internal import HTTPServing
@testable import Jobs
internal import Logging
internal import ServiceLifecycle
internal import Testing

@testable import Worker

@Suite struct ShutdownTests {
    /// A worker of one slot that serves.
    private struct Served {
        let load: GatedWorkload
        let engine: JobEngine<GatedWorkload>
        let client: HTTPClient
        let group: ServiceGroup
        let end: Task<Void, any Error>
    }

    private func serve(_ connections: ConnectionLimits = ConnectionLimits()) async throws -> Served {
        let load = GatedWorkload()
        var logger = Logger(label: "test", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .critical
        let server = WorkerServer(
            load, address: ListenAddress(host: "127.0.0.1", port: 0),
            limits: WorkerLimits(slots: 1, memory: WorkerLimits.memoryMin), token: nil, connections: connections, logger: logger)
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let group = ServiceGroup(
            services: [Host { try await server.run { continuation.yield($0) } }], gracefulShutdownSignals: [], logger: logger)
        let end = Task {
            defer { continuation.finish() }
            try await group.run()
        }
        var iterator = ports.makeAsyncIterator()
        let client = HTTPClient(port: try #require(await iterator.next()))
        return Served(load: load, engine: server.engine, client: client, group: group, end: end)
    }

    @Test func `a job that runs when the worker shuts down is finished, and its large result arrives whole`() async throws {
        let worker = try await serve()
        let job = GatedWorkload.Job(name: "large", gate: true, padding: 64 << 20)
        #expect(try await worker.client.send("POST", "/v1/jobs", body: job.document.body).status == 202)

        let answer = Task { try await worker.client.send("GET", "/v1/jobs/\(job.document.id)?wait=30") }
        // The request is there as soon as somebody waits: its answer is then under way when the shutdown begins.
        while worker.engine.snapshot.waiterCount == 0 { await Task.yield() }
        await worker.group.triggerGracefulShutdown()
        worker.load.open("large")

        let result = try await answer.value
        #expect(result.status == 200)
        #expect(result.body.count > 64 << 20)
        try await worker.end.value
    }

    @Test func `whoever asks right after the last job of a worker that shuts down is told that it drains`() async throws {
        var connections = ConnectionLimits()
        // Longer than whatever keeps this test from asking.
        connections.quietTime = .seconds(3)
        let worker = try await serve(connections)
        let job = GatedWorkload.Job(name: "last", gate: true)
        let answer = Task { try await worker.client.send("POST", "/v1/jobs?wait=30", body: job.document.body) }
        while worker.engine.snapshot.waiterCount == 0 { await Task.yield() }
        await worker.group.triggerGracefulShutdown()
        while !worker.engine.isDraining { await Task.yield() }
        worker.load.open("last")
        #expect(try await answer.value.status == 200)

        let next = GatedWorkload.Job(name: "next", gate: false)
        let refused = try await worker.client.send("POST", "/v1/jobs", body: next.document.body)
        #expect((refused.status, refused.errorCode) == (503, "draining"))
        try await worker.end.value
    }

    /// A service made of a function.
    private struct Host: Service {
        let body: @Sendable () async throws -> Void

        func run() async throws { try await body() }
    }
}
