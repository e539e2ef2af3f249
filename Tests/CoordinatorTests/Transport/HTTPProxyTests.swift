import Foundation
@testable import HTTPClient
import Testing

@testable import Coordinator

/// Which requests go through proxies, and what is said of them.
@Suite struct HTTPProxyTests {
    private static let named = ["http_proxy": "http://me:secret@proxy:3128/", "HTTPS_PROXY": "proxy.example:8080"]

    @Test(
        arguments: [
            ("http://node7:8080", "http://proxy:3128 (http_proxy)"), ("HTTP://node7", "http://proxy:3128 (http_proxy)"),
            ("https://node7:8080/x", "http://proxy.example:8080 (HTTPS_PROXY)"), ("http://127.0.0.1:1", nil),
            ("https://localhost/", nil), ("http://127.9.9.9:80/", nil), ("http://[::1]:80/", nil),
            ("http://127.0.0.1:1@node7/", "http://proxy:3128 (http_proxy)"),
        ] as [(String, String?)])
    func `proxies are those of the scheme, and none for this machine`(url: String, expected: String?) {
        #expect(HTTPProxies(Self.named).proxy(for: url)?.description == expected.map { "the proxy \($0)" })
    }

    @Test func `the variables are those that libcurl knows`() {
        #expect(HTTPProxies([:]).proxy(for: "http://node7") == nil)
        #expect(HTTPProxies(["HTTP_PROXY": "p"]).proxy(for: "http://node7") == nil)
        #expect(
            HTTPProxies(["http_proxy": "", "all_proxy": "socks5h://p:1"]).proxy(for: "http://node7")?.shown == "socks5h://p:1")
        #expect(HTTPProxies(["ALL_PROXY": "p:1"]).proxy(for: "https://node7")?.variable == "ALL_PROXY")
        #expect(HTTPProxies(["https_proxy": "a", "HTTPS_PROXY": "b"]).proxy(for: "https://node7")?.shown == "http://a")
    }

    @Test(
        arguments: [
            ("node7", "http://node7:8080", true), ("node7", "http://node77", false), ("node7", "http://sub.node7", true),
            (".example.org", "http://a.example.org", true), ("example.org", "http://badexample.org", false),
            ("a, b c", "http://c", true), ("*", "http://any", true), ("10.0.0.7", "http://10.0.0.7:1", true),
            ("10.0.0.0/8", "http://10.1.2.3", true), ("10.0.0.0/8", "http://11.1.2.3", false),
            ("10.0.0.0/33", "http://10.0.0.1", false), ("10.0.0.0/33", "http://10.0.0.0", true),
            ("fd00::/8", "http://[fd12::1]:80", true), ("[fd12::1]", "http://[fd12::1]:80", true),
            ("NODE7", "http://node7", true),
            ("", "http://node7", false), (".", "http://node7", false), ("node7", "http://node7.", true),
        ])
    func `hosts that are excepted are reached directly`(list: String, url: String, isDirect: Bool) {
        for name in ["no_proxy", "NO_PROXY"] {
            #expect((HTTPProxies(Self.named.merging([name: list]) { $1 }).proxy(for: url) == nil) == isDirect)
        }
    }

    /// A client whose requests to other machines go to the server, as through a proxy.
    private func client(through server: TestServer) -> CurlClient {
        CurlClient(proxies: HTTPProxies(["http_proxy": "http://me:secret@127.0.0.1:\(server.port)"]))
    }

    @Test(
        arguments: [
            (403, "answers 403, not a worker"), (401, "answers 401, not a worker"), (407, "asks for a user and a password (407)"),
        ])
    func `a proxy's refusal is no worker's, and names the proxy`(status: Int, words: String) async throws {
        let server = TestServer { connection in
            guard let head = connection.readHead() else { return }
            #expect(head.hasPrefix("GET http://node7:8080/v1/worker HTTP/1.1"))
            connection.answerWithoutDigest(status, body: "<html>no</html>")
        }
        let worker = WorkerClient(WorkerEndpoint(url: "http://node7:8080", token: "t"), over: client(through: server))
        let expected =
            "the proxy http://127.0.0.1:\(server.port) (http_proxy) \(words); name the worker in no_proxy to reach it directly"
        await #expect(throws: TransportError.proxy(expected)) { _ = try await worker.describe() }
        #expect(TransportError.proxy(expected).description == expected)
    }

    @Test func `a worker's refusal that comes through a proxy is the worker's`() async throws {
        let server = TestServer { connection in
            guard connection.readHead() != nil else { return }
            connection.answerWithoutDigest(
                401, body: #"{"error":{"code":"unauthorized","message":"expected the token","retryable":false}}"#)
        }
        let worker = WorkerClient(WorkerEndpoint(url: "http://node7:8080"), over: client(through: server))
        guard case .unauthorized = try await worker.describe() else {
            Issue.record("expected a refusal of the token")
            return
        }
    }

    @Test func `another answer of a proxy, and none, name the proxy without its password`() async throws {
        let server = TestServer { connection in
            guard connection.readHead() != nil else { return }
            connection.answerWithoutDigest(502, body: "bad gateway")
        }
        let name = "the proxy http://127.0.0.1:\(server.port) (http_proxy)"
        let worker = WorkerClient(WorkerEndpoint(url: "http://node7:8080"), over: client(through: server))
        guard case .refused(let message) = try await worker.describe() else {
            Issue.record("expected a refusal")
            return
        }
        #expect(message == "expected a worker's answer, found status 502 from \(name)")
        // Nobody listens on port 9.
        let nowhere = CurlClient(proxies: HTTPProxies(["all_proxy": "http://me:secret@127.0.0.1:9"]))
        for url in ["http://node7:8080", "https://node7:8080"] {
            let error = await #expect(throws: TransportError.self) {
                _ = try await WorkerClient(WorkerEndpoint(url: url), over: nowhere).describe()
            }
            let text = error?.description ?? ""
            #expect(
                text.hasPrefix("cannot connect: ") && text.hasSuffix(" (through the proxy http://127.0.0.1:9 (all_proxy))"),
                "\(text)")
            #expect(!text.contains("secret"))
        }
    }
}
