internal import HTTPServing
internal import Foundation
@testable import Jobs
@testable import Protocol
internal import Testing

@testable import Worker

/// Clients that would take a worker's connections, time or memory for nothing.
@Suite struct SecureConnectionTests {
    /// Limits that are reached at once.
    private var tight: ConnectionLimits {
        var limits = ConnectionLimits()
        limits.headTime = .seconds(1)
        limits.bodyTime = .seconds(1)
        limits.lingerTime = .milliseconds(200)
        return limits
    }

    private static let head = "POST /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"

    @Test func `a head that does not end is cut off`() async throws {
        try await LiveWorker.run(connections: tight) { worker in
            let (received, _) = try await worker.client.attack(Data("GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ".utf8))
            #expect(received.isEmpty)
            #expect(try await worker.client.send("GET", "/livez").status == 200)
        }
    }

    @Test func `a body that does not come is cut off`() async throws {
        try await LiveWorker.run(connections: tight) { worker in
            let (received, _) = try await worker.client.attack(Data((Self.head + "Content-Length: 1000\r\n\r\n{").utf8))
            #expect(!String(decoding: received, as: UTF8.self).contains(" 200 "))
            #expect(try await worker.client.send("GET", "/livez").status == 200)
            #expect(worker.server.bodyBytesInUse == 0)
        }
    }

    @Test func `a chunked body without an end is answered with a 413 and cut off`() async throws {
        try await LiveWorker.run(connections: tight) { worker in
            let chunk = Data("100000\r\n\(String(repeating: " ", count: 1 << 20))\r\n".utf8)
            let (received, sentCount) = try await worker.client.attack(
                Data((Self.head + "Transfer-Encoding: chunked\r\n\r\n").utf8), repeating: chunk)
            // The client may find the connection reset before it reads the answer; it never gets another one.
            #expect(received.isEmpty || String(decoding: received, as: UTF8.self).hasPrefix("HTTP/1.1 413 "))
            #expect(sentCount > WorkerLimits(slots: 1, memory: WorkerLimits.memoryMin).jobBodyBytes)
            #expect(worker.server.bodyBytesInUse == 0)
            #expect(try await worker.client.send("GET", "/livez").status == 200)
        }
    }

    @Test func `a field that is too long and fields that are too many are refused`() async throws {
        try await LiveWorker.run(connections: tight) { worker in
            let limits = ConnectionLimits()
            let long = "X-Long: \(String(repeating: "x", count: limits.headerFieldBytesMax + 1))\r\n"
            let many = (0...limits.headerCountMax).map { "X-\($0): y\r\n" }.joined()
            for fields in [long, many] {
                let (received, _) = try await worker.client.attack(
                    Data("GET /livez HTTP/1.1\r\nHost: x\r\n\(fields)\r\n".utf8))
                let answer = String(decoding: received, as: UTF8.self)
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"), "\(answer)")
            }
            #expect(try await worker.client.send("GET", "/livez").status == 200)
        }
    }

    @Test func `connections beyond the limit wait, and are served when idle ones are closed`() async throws {
        var limits = tight
        limits.countMax = 2
        try await LiveWorker.run(connections: limits) { (worker: LiveWorker) async throws in
            async let first = worker.client.attack(Data("GET".utf8))
            async let second = worker.client.attack(Data("GET".utf8))
            #expect(try await worker.client.send("GET", "/livez").status == 200)
            let silent = try await (first, second)
            #expect(silent.0.received.isEmpty && silent.1.received.isEmpty)
        }
    }

    @Test func `nesting without an end is malformed`() async throws {
        try await LiveWorker.run(memory: 256 << 20) { worker in
            for body in [Data(repeating: UInt8(ascii: "["), count: 100_000), Data(repeating: UInt8(ascii: "["), count: 50 << 20)]
            {
                let answer = try await worker.client.send("POST", "/v1/jobs", body: body)
                #expect((answer.status, answer.errorCode) == (400, "malformed"))
            }
            let commas = Data("[0\(String(repeating: ",0", count: 25 << 20))]".utf8)
            #expect(try await worker.client.send("POST", "/v1/jobs", body: commas).errorCode == "malformed")
        }
    }

    @Test func `a job beyond the memory to compute in is refused: for good if it can never fit, else for now`() async throws {
        try await LiveWorker.run(slots: 2) { worker in
            let all = worker.engine.limits.workspaceBytesMax
            let never = try await worker.submit(GatedWorkload.Job(name: "never", workspace: all + 1))
            #expect((never.status, never.errorCode) == (413, "too_large"))
            #expect(try WireJSON.decode(ErrorDocument.self, from: never.body).error.retryable == false)
            #expect(try await worker.submit(GatedWorkload.Job(name: "large", gate: true, workspace: all)).status == 202)
            let later = GatedWorkload.Job(name: "later", workspace: 1)
            let refused = try await worker.submit(later, wait: 30)
            #expect((refused.status, refused.errorCode) == (429, "no_memory"))
            #expect(refused.fields["retry-after"] == "1")
            worker.load.open("large")
            #expect(try await worker.submit(GatedWorkload.Job(name: "large", gate: true, workspace: all), wait: 30).status == 200)
            #expect(try await worker.submit(later, wait: 30).status == 200)
        }
    }
}
