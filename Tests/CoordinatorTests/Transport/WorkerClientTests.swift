import Foundation
@testable import HTTPClient
@testable import Primitives
@testable import Protocol
internal import Synchronization
import Testing

@testable import Coordinator

@Suite struct WorkerClientTests {
    private static let hash = ContentHash(of: Data("x".utf8))

    /// What `call` makes of an answer, and the head of the request that it sent.
    private func ask<Answer: Sendable>(
        _ status: Int, headers: String = "", body: String = "", sent: String? = nil,
        _ call: (WorkerClient) async throws -> Answer
    ) async throws -> (answer: Answer, head: String) {
        let head = OneShot<String>()
        let server = TestServer { connection in
            guard let request = connection.readRequest() else { return }
            head.set(request.head)
            connection.answer(status, headers: headers, body: body, sent: sent)
        }
        defer { server.stop() }
        let client = WorkerClient(WorkerEndpoint(url: server.url + "/", token: "secret"), over: CurlClient())
        return (try await call(client), await head.value)
    }

    private func submitted(_ status: Int, headers: String = "", body: String = "") async throws -> String {
        let answer = try await ask(status, headers: headers, body: body) {
            try await $0.submit(Data("{}".utf8), wait: .seconds(30))
        }
        return String(describing: answer.answer)
    }

    @Test func `a job is posted with token, type and waiting time`() async throws {
        let (answer, head) = try await ask(200, body: "{\"a\":1}") { try await $0.submit(Data("{}".utf8), wait: .seconds(30)) }
        guard case .result(let data) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(data == Data("{\"a\":1}".utf8))
        #expect(head.hasPrefix("POST /v1/jobs?wait=30 HTTP/1.1\r\n"))
        #expect(head.contains("Authorization: Bearer secret\r\n"))
        #expect(head.contains("Content-Type: application/json\r\n"))
        #expect(head.contains("Content-Digest: \(ContentHash(of: Data("{}".utf8)).digestField)\r\n"))
    }

    @Test(arguments: [200, 202, 424, 422, 503])
    func `an answer in which one bit was changed is no answer`(status: Int) async {
        await #expect {
            _ = try await ask(status, body: "{\"a\":1}", sent: "{\"a\":0}") { try await $0.submit(Data(), wait: .zero) }
        } throws: { error in
            if case .damaged = error as? TransportError { true } else { false }
        }
    }

    @Test func `a worker need not send the hash of its answers, but one that does always does`() async throws {
        let count = Lock(0)
        let server = TestServer { connection in
            guard connection.readRequest() != nil else { return }
            let turn = count.withLock { count in
                count += 1
                return count
            }
            if turn == 2 { connection.answer(body: "{}") } else { connection.answerWithoutDigest(body: "{}") }
        }
        defer { server.stop() }
        let client = WorkerClient(WorkerEndpoint(url: server.url, token: nil), over: CurlClient())
        for _ in 1...2 {
            guard case .result = try await client.submit(Data(), wait: .zero) else {
                Issue.record("expected a result")
                return
            }
        }
        await #expect(throws: TransportError.damaged("expected Content-Digest, found none")) {
            _ = try await client.submit(Data(), wait: .zero)
        }
    }

    @Test func `a request that came damaged is no answer`() async {
        let body = "{\"error\":{\"code\":\"damaged\",\"message\":\"why\",\"retryable\":true}}"
        await #expect(throws: TransportError.damaged("why")) { _ = try await submitted(422, body: body) }
    }

    @Test func `a damaged description or upload is no verdict on the worker`() async {
        await #expect {
            _ = try await ask(200, body: "{\"version\":\"1\"}", sent: "{\"version\":\"0\"}") { try await $0.describe() }
        } throws: { error in
            if case .damaged = error as? TransportError { true } else { false }
        }
    }

    @Test func `every answer of the interface is understood`() async throws {
        let hash = Self.hash
        let error = { (code: String, retryable: Bool) in
            "{\"error\":{\"code\":\"\(code)\",\"message\":\"why\",\"retryable\":\(retryable)}}"
        }
        #expect(try await submitted(202, body: "{\"id\":\"\(hash)\"}") == "\(JobAnswer.accepted(hash))")
        #expect(try await submitted(424, body: "{\"missing\":[\"\(hash)\"]}") == "\(JobAnswer.missing([hash]))")
        #expect(try await submitted(429, headers: "Retry-After: 2\r\n") == "\(JobAnswer.busy(retryAfter: .seconds(2)))")
        #expect(try await submitted(503) == "\(JobAnswer.busy(retryAfter: .seconds(1)))")
        #expect(try await submitted(503, body: error("draining", true)) == "\(JobAnswer.draining)")
        #expect(try await submitted(409, body: error("cancelled", true)) == "\(JobAnswer.busy(retryAfter: .zero))")
        #expect(try await submitted(401) == "\(JobAnswer.unauthorized)")
        #expect(try await submitted(404) == "\(JobAnswer.forgotten)")
        let rejected = ErrorDocument(code: "invalid", message: "why", retryable: false).error
        #expect(try await submitted(422, body: error("invalid", false)) == "\(JobAnswer.failed(rejected))")
    }

    @Test func `a stranger's error is no verdict on the job`() async throws {
        let (answer, _) = try await ask(400, body: "<html>") { try await $0.submit(Data(), wait: .zero) }
        guard case .failed(let body) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(body.retryable)
    }

    @Test(arguments: [202, 424])
    func `an answer that cannot be read is malformed`(status: Int) async {
        await #expect {
            try await submitted(status, body: "{\"id\":\"../../x\",\"missing\":[3]}")
        } throws: { error in
            if case .malformed = error as? TransportError { true } else { false }
        }
    }

    @Test func `a worker describes itself`() async throws {
        let text = """
            {"version":"0.1.0","slots":4,"memory":1000,"cpu":["avx2"],"blobs":[{"sha256":"\(Self.hash)","bytes":5}],"draining":false}
            """
        let (answer, head) = try await ask(200, body: text) { try await $0.describe() }
        guard case .described(let description) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(description.slots == 4)
        #expect(description.blobs.map(\.sha256) == [Self.hash])
        #expect(head.hasPrefix("GET /v1/worker HTTP/1.1"))
    }

    @Test func `something else behind the address is refused`() async throws {
        let (answer, _) = try await ask(200, body: "<html>") { try await $0.describe() }
        guard case .refused = answer else {
            Issue.record("\(answer)")
            return
        }
        let (missing, _) = try await ask(404) { try await $0.describe() }
        guard case .refused = missing else {
            Issue.record("\(missing)")
            return
        }
    }

    @Test func `polls and uploads go where they should`() async throws {
        let (_, poll) = try await ask(200) { try await $0.poll(Self.hash, wait: .seconds(5)) }
        #expect(poll.hasPrefix("GET /v1/jobs/\(Self.hash)?wait=5 "))
        let (stored, put) = try await ask(201) { try await $0.upload(Data("blob".utf8), as: Self.hash) }
        guard case .stored = stored else {
            Issue.record("\(stored)")
            return
        }
        #expect(put.hasPrefix("PUT /v1/blobs/\(Self.hash) "))
        #expect(put.contains("Content-Length: 4\r\n"))
    }
}
