internal import HTTPServing
internal import Foundation
@testable import Jobs
internal import Logging

@testable import Primitives
@testable import Worker

/// A worker that serves on a free port while a test's body runs.
struct LiveWorker: Sendable {
    let load: GatedWorkload
    let server: WorkerServer<GatedWorkload>
    let client: HTTPClient

    var engine: JobEngine<GatedWorkload> { server.engine }

    static func run(
        slots: Int = 1, memory: Int = WorkerLimits.memoryMin, token: String? = nil,
        orphanAge: Duration = .seconds(150), connections: ConnectionLimits = ConnectionLimits(),
        _ body: @Sendable (LiveWorker) async throws -> Void
    ) async throws {
        let load = GatedWorkload()
        var logger = Logger(label: "test", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .critical
        let server = WorkerServer(
            load, address: ListenAddress(host: "127.0.0.1", port: 0),
            limits: WorkerLimits(slots: slots, memory: memory, orphanAge: orphanAge),
            token: token.flatMap { BearerToken($0) }, connections: connections, cpu: ["avx2"], logger: logger)
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup { group in
            group.addTask {
                defer { continuation.finish() }
                try await server.run { continuation.yield($0) }
            }
            for await port in ports {
                try await body(LiveWorker(load: load, server: server, client: HTTPClient(port: port, token: token)))
                group.cancelAll()
            }
            // Cancelled by this test: how the server takes it is no matter.
            _ = await group.nextResult()
        }
    }

    /// Submits a job document.
    func submit(_ job: GatedWorkload.Job, wait: Double = 0) async throws -> HTTPClient.Answer {
        try await client.send("POST", "/v1/jobs?wait=\(wait)", body: job.document.body)
    }

    /// Sends a blob of `byteCount` bytes in memory and returns its name and the status.
    func put(byteCount: Int) async throws -> (hash: ContentHash, status: Int, code: String?) {
        let body = Data("{\"bytes\":\(byteCount)}".utf8)
        let hash = ContentHash(of: body)
        let answer = try await client.send("PUT", "/v1/blobs/\(hash)", body: body)
        return (hash, answer.status, answer.errorCode)
    }
}
