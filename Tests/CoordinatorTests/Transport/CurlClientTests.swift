import Foundation
import Glibc
@testable import Primitives
import struct Synchronization.Atomic
import Testing

@testable import Coordinator
@testable import HTTPClient

@Suite struct CurlClientTests {
    /// The head and the body of a request, as a server saw them.
    private func seen(_ request: HTTPRequest) async throws -> (head: String, body: Data) {
        let result = OneShot<(head: String, body: Data)>()
        let server = TestServer { connection in
            guard let request = connection.readRequest() else { return }
            result.set(request)
            connection.answer()
        }
        defer { server.stop() }
        var request = request
        request.url = server.url + request.url
        _ = try await CurlClient().send(request)
        return await result.value
    }

    /// What becomes of a request when the server does as `script` says.
    private func failure(
        limits: HTTPLimits = HTTPLimits(), _ script: @escaping @Sendable (TestServer.Connection) -> Void
    ) async -> HTTPError? {
        let server = TestServer(script)
        defer { server.stop() }
        do throws(HTTPError) {
            _ = try await CurlClient().send(HTTPRequest(method: .get, url: server.url, limits: limits))
            return nil
        } catch {
            return error
        }
    }

    @Test func `a connection is used again`() async throws {
        let server = TestServer { connection in
            while let request = connection.readRequest() { connection.answer(body: String(request.head.prefix(7))) }
        }
        defer { server.stop() }
        let client = CurlClient()
        for number in 0..<5 {
            let response = try await client.send(HTTPRequest(method: .get, url: "\(server.url)/\(number)"))
            #expect(response.status == 200)
            #expect(String(decoding: response.body, as: UTF8.self) == "GET /\(number) ")
        }
        #expect(server.connectionCount == 1)
    }

    @Test func `a kept connection that the server has closed is replaced`() async throws {
        let server = TestServer { connection in
            if connection.readRequest() != nil { connection.answer() }
        }
        defer { server.stop() }
        let client = CurlClient()
        for _ in 0..<3 {
            var request = HTTPRequest(method: .post, url: server.url)
            request.body = Data("hello".utf8)
            #expect(try await client.send(request).status == 200)
        }
        #expect(server.connectionCount == 3)
    }

    @Test func `a kept connection that is cut off between the head and the body of a request is replaced, a new one is not`()
        async throws
    {
        let client = CurlClient()
        let body = Data(count: 8 << 20)
        for round in 0..<20 {
            let connections = Atomic(0)
            let server = TestServer { connection in
                let isFirst = connections.add(1, ordering: .relaxed).oldValue == 0
                guard connection.readRequest() != nil else { return }
                connection.answer()
                if isFirst { _ = connection.readHead() } else { connection.waitForEnd() }
            }
            defer { server.stop() }
            for path in ["/first", "/second"] {
                let request = HTTPRequest(method: .post, url: server.url + path, body: body)
                #expect(try await client.send(request).status == 200, "round \(round)")
            }
            #expect(server.connectionCount == 2)
        }
        let server = TestServer { connection in _ = connection.readHead() }
        defer { server.stop() }
        let error = await #expect(throws: HTTPError.self) {
            try await client.send(HTTPRequest(method: .post, url: server.url, body: body))
        }
        #expect(error?.kind == .connectionLost)
        #expect(server.connectionCount == 1)
    }

    @Test(arguments: [HTTPRequest.Method.post, .put])
    func `a large body arrives whole, with its length and without a request to continue`(
        method: HTTPRequest.Method
    ) async throws {
        let body = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
        // A slice, so that its indices do not start at 0.
        let (head, received) = try await seen(HTTPRequest(method: method, url: "/x", body: body[7...]))
        #expect(head.hasPrefix("\(method.rawValue) /x HTTP/1.1\r\n"))
        #expect(!head.lowercased().contains("expect"))
        #expect(!head.lowercased().contains("transfer-encoding"))
        #expect(received == body[7...])
    }

    @Test func `methods, headers and empty bodies are sent as asked`() async throws {
        let headers = [("Authorization", "Bearer x"), ("Content-Type", "text/plain")]
        let (head, _) = try await seen(HTTPRequest(method: .delete, url: "/j", headers: headers))
        #expect(head.hasPrefix("DELETE /j HTTP/1.1\r\n"))
        #expect(head.contains("\r\nAuthorization: Bearer x\r\n"))
        #expect(head.contains("\r\nContent-Type: text/plain\r\n"))
        let (post, body) = try await seen(HTTPRequest(method: .post, url: "/p"))
        #expect(post.contains("Content-Length: 0\r\n"))
        #expect(body.isEmpty)
        let (headHead, _) = try await seen(HTTPRequest(method: .head, url: "/h"))
        #expect(headHead.hasPrefix("HEAD /h"))
    }

    @Test func `headers of the answer are found by lower-case name`() async throws {
        let server = TestServer { connection in
            if connection.readRequest() != nil { connection.answer(429, headers: "Retry-After: 7\r\n", body: "later") }
        }
        defer { server.stop() }
        let response = try await CurlClient().send(HTTPRequest(method: .get, url: server.url))
        #expect(response.status == 429)
        #expect(response.headers["retry-after"] == "7")
    }

    @Test func `redirects are answers`() async throws {
        let server = TestServer { connection in
            if connection.readRequest() != nil { connection.answer(302, headers: "Location: http://127.0.0.1:1/\r\n") }
        }
        defer { server.stop() }
        #expect(try await CurlClient().send(HTTPRequest(method: .get, url: server.url)).status == 302)
    }

    @Test func `a port where nobody listens cannot be connected to`() async {
        let server = TestServer { _ in }
        server.stop()
        await #expect {
            try await CurlClient().send(HTTPRequest(method: .get, url: server.url))
        } throws: { error in
            (error as? HTTPError)?.kind == .cannotConnect
        }
    }

    @Test func `a silent server times out`() async {
        let error = await failure(limits: HTTPLimits(total: .milliseconds(100))) { $0.waitForEnd() }
        #expect(error?.kind == .timedOut)
    }

    @Test func `an answer that is cut is a lost connection`() async {
        let error = await failure { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        }
        #expect(error?.kind == .connectionLost)
    }

    @Test func `no answer at all is a lost connection`() async {
        let error = await failure { _ = $0.readRequest() }
        #expect(error?.kind == .connectionLost)
    }

    @Test(arguments: ["this is not HTTP\r\n\r\n", "HTTP/1.1 bad\r\n\r\n", "\u{0}\u{1}\u{2}"])
    func `garbage is malformed`(garbage: String) async {
        let error = await failure { connection in
            _ = connection.readRequest()
            connection.write(garbage)
        }
        #expect(error?.kind == .malformed || error?.kind == .connectionLost)
    }

    @Test(arguments: ["Content-Length: 5000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n1388\r\n"])
    func `an answer above the limit is refused`(head: String) async {
        let error = await failure(limits: HTTPLimits(bodyBytesMax: 1000)) { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n" + head + String(repeating: "x", count: 5000))
            connection.waitForEnd()
        }
        #expect(error?.kind == .tooLarge)
    }

    @Test func `endless headers are refused`() async {
        let error = await failure { connection in
            _ = connection.readRequest()
            connection.write("HTTP/1.1 200 OK\r\n")
            let line = "X: " + String(repeating: "y", count: 1000) + "\r\n"
            for _ in 0..<1000 { connection.write(line) }
        }
        guard let error, error.kind != .cancelled else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a cancelled task lets go of the connection`() async throws {
        let arrived = OneShot<Bool>()
        let left = OneShot<Bool>()
        let server = TestServer { connection in
            _ = connection.readRequest()
            arrived.set(true)
            connection.waitForEnd()
            left.set(true)
        }
        defer { server.stop() }
        let client = CurlClient()
        let url = server.url
        let task = Task { try await client.send(HTTPRequest(method: .get, url: url)) }
        _ = await arrived.value
        task.cancel()
        await #expect(throws: HTTPError.cancelled) { try await task.value }
        #expect(await left.value)
    }

    @Test func `a task that is cancelled before it sends, sends nothing`() async throws {
        let server = TestServer { _ = $0.readRequest() }
        defer { server.stop() }
        let client = CurlClient()
        let url = server.url
        let gate = OneShot<Bool>()
        let task = Task {
            _ = await gate.value
            return try await client.send(HTTPRequest(method: .get, url: url))
        }
        task.cancel()
        gate.set(true)
        await #expect(throws: HTTPError.cancelled) { try await task.value }
        #expect(server.connectionCount == 0)
    }

    @Test func `a thread that waits is let go when the flag is raised, before and after it sends`() async throws {
        let left = OneShot<Bool>()
        let flag = CancellationFlag()
        let server = TestServer { connection in
            _ = connection.readRequest()
            flag.raise()
            connection.waitForEnd()
            left.set(true)
        }
        defer { server.stop() }
        let request = HTTPRequest(method: .get, url: server.url, limits: HTTPLimits(total: .seconds(3600)))
        let client = CurlClient()
        for _ in 0..<2 {
            let ended = OneShot<HTTPError?>()
            Thread {
                do throws(HTTPError) {
                    _ = try client.wait(for: request, unless: flag)
                    ended.set(nil)
                } catch {
                    ended.set(error)
                }
            }.start()
            #expect(await ended.value?.kind == .cancelled)
            #expect(await left.value)
        }
        #expect(server.connectionCount == 1)
    }

    @Test func `a thread gets the part that it asks for`() async throws {
        let head = OneShot<String>()
        let server = TestServer { connection in
            guard let request = connection.readRequest() else { return }
            head.set(request.head)
            connection.answer(206, body: "part")
        }
        defer { server.stop() }
        let credentials = HTTPRequest.Credentials(region: "eu-west-1", key: "k", secret: "s", session: "t")
        let request = HTTPRequest(
            method: .get, url: server.url, range: .from(offset: 7, count: 4), credentials: credentials)
        let response = try CurlClient().wait(for: request, unless: CancellationFlag())
        #expect(response.status == 206 && response.body == Data("part".utf8))
        let lines = await head.value
        #expect(lines.contains("\r\nRange: bytes=7-10\r\n"))
        #expect(lines.contains("\r\nAuthorization: AWS4-HMAC-SHA256 Credential=k/"))
        #expect(lines.contains("\r\nx-amz-security-token: t\r\n"))
    }

    @Test(arguments: ["ftp://127.0.0.1/x", "file:///etc/passwd", "http://", "nonsense"])
    func `only HTTP is spoken`(url: String) async {
        await #expect(throws: HTTPError.self) {
            try await CurlClient().send(HTTPRequest(method: .get, url: url, limits: HTTPLimits(connect: .seconds(1))))
        }
    }

    @Test func `a header cannot smuggle in another`() async {
        let request = HTTPRequest(method: .get, url: "http://127.0.0.1:1", headers: [("X", "a\r\nY: b")])
        await #expect(throws: HTTPError(.unusable, "a header holds control characters")) {
            try await CurlClient().send(request)
        }
    }

    @Test func `many exchanges run at once and all bytes are counted`() async throws {
        let server = TestServer { connection in
            while let request = connection.readRequest() {
                connection.answer(body: String(decoding: request.body, as: UTF8.self))
            }
        }
        defer { server.stop() }
        let client = CurlClient()
        let url = server.url
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<64 {
                group.addTask {
                    let body = Data(String(repeating: "\(number),", count: 5000).utf8)
                    let response = try await client.send(HTTPRequest(method: .post, url: url, body: body))
                    #expect(response.body == body)
                }
            }
            try await group.waitForAll()
        }
        #expect(client.traffic.bytesSent > 64 * 10000)
        #expect(client.traffic.bytesReceived > 64 * 10000)
    }

    @Test func `forgotten requests are sent before the client settles`() async {
        let arrived = OneShot<String>()
        let server = TestServer { connection in
            if let request = connection.readRequest() { arrived.set(request.head) }
            connection.answer(204)
        }
        defer { server.stop() }
        let client = CurlClient()
        client.sendAndForget(HTTPRequest(method: .delete, url: server.url + "/v1/jobs/1"))
        await client.settle()
        #expect(await arrived.value.hasPrefix("DELETE /v1/jobs/1"))
    }
}
