internal import HTTPServing
import Dispatch
import Foundation
@testable import HTTPClient
@testable import Jobs
import Logging
@testable import Primitives
@testable import Protocol
import ServiceLifecycle
import Testing

@testable import Coordinator
@testable import Worker

/// The last answer of a worker that is ended, in TLS.
@Suite struct SecureShutdownTests {
    /// Work that waits until the test lets it go, and answers with many bytes.
    private final class LargeAnswer: Workload {
        static let byteCount = 32 << 20
        let gate = DispatchSemaphore(value: 0)

        func blob(decoding body: Data) throws(WireError) -> SizedBlob<Int> { throw .invalid("expected no blobs") }

        func job(decoding body: Data) throws(WireError) -> ParsedJob<Int> { ParsedJob(content: 0, kind: "large", blobs: []) }

        func workspaceBytes(of job: Int, blobs: [ContentHash: Int]) -> Int { 0 }

        func result(of job: Int, blobs: [ContentHash: Int], in slot: SlotWorkspace) throws(JobError) -> WireDocument {
            gate.wait()
            return WireDocument(Data(count: Self.byteCount))
        }
    }

    /// A service made of a function.
    private struct Host: Service {
        let body: @Sendable () async throws -> Void

        func run() async throws { try await body() }
    }

    @Test func `a large result arrives whole over TLS when the worker shuts down meanwhile`() async throws {
        let scratch = try Scratch()
        let certificates = Certificates(in: scratch)
        try await certificates.authority("ours")
        try await certificates.issue("worker", by: "ours")
        let load = LargeAnswer()
        var logger = Logger(label: "test", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .critical
        let server = WorkerServer(
            load, address: ListenAddress(host: "127.0.0.1", port: 0),
            limits: WorkerLimits(slots: 1, memory: 256 << 20), token: nil,
            tls: try ServerTLS(certificate: certificates.pem("worker"), key: certificates.key("worker"), authority: nil),
            logger: logger)
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let group = ServiceGroup(
            services: [Host { try await server.run { continuation.yield($0) } }], gracefulShutdownSignals: [], logger: logger)
        // Awaited at the end of the test.
        let served = Task {
            defer { continuation.finish() }
            try await group.run()
        }
        var iterator = ports.makeAsyncIterator()
        let port = try #require(await iterator.next())
        let client = CurlClient(files: TLSFiles(authority: certificates.pem("ours")))
        let body = Data("{}".utf8)
        let url = "https://127.0.0.1:\(port)/v1/jobs"
        let headers = [(name: "Content-Type", value: "application/json")]
        #expect(try await client.send(HTTPRequest(method: .post, url: url, headers: headers, body: body)).status == 202)

        let answer = Task {
            try await client.send(HTTPRequest(method: .get, url: "\(url)/\(ContentHash(of: body))?wait=30"))
        }
        // The request is there as soon as somebody waits: its answer is then under way when the shutdown begins.
        while server.engine.snapshot.waiterCount == 0 { await Task.yield() }
        await group.triggerGracefulShutdown()
        load.gate.signal()

        let result = try await answer.value
        #expect(result.status == 200)
        #expect(result.body.count == LargeAnswer.byteCount)
        try await served.value
    }
}
