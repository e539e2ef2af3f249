import Foundation
import Testing

/// Workers and images behind a proxy, which the environment names.
@Suite struct ProxyTests {
    private let scratch: Scratch
    private static let token = "correct-horse-battery-staple"

    init() throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 96, pixelsPerClass: 100)
        try Data("\(Self.token)\n".utf8).write(to: URL(fileURLWithPath: scratch("token")))
    }

    private func train(_ worker: String, _ environment: [String: String]) async throws -> Program.Outcome {
        try await Program.coppice(
            [
                "train", scratch("image.png"), scratch("scribbles.png"), "--trees", "2", "--workers", worker, "--token-file",
                scratch("token"), "--output", scratch("m.json"), "--quiet",
            ], environment: environment)
    }

    private func environment(_ server: TestServer) -> [String: String] {
        ["http_proxy": "http://me:secret@127.0.0.1:\(server.port)/", "no_proxy": ""]
    }

    @Test func `a proxy that refuses a worker is named, and that it sees the token is said first`() async throws {
        let server = TestServer { connection in
            while connection.readRequest() != nil { connection.answerWithoutDigest(403, body: "<html>no</html>") }
        }
        let outcome = try await train("http://node7.invalid:8080", environment(server))
        #expect(outcome.status == 69)
        let name = "the proxy http://127.0.0.1:\(server.port) (http_proxy)"
        #expect(outcome.errors.contains("\(name) answers 403, not a worker"), "\(outcome.errors)")
        #expect(outcome.errors.contains("the token goes to \(name) unencrypted"), "\(outcome.errors)")
        for words in ["token is refused", "secret", Self.token] { #expect(!outcome.errors.contains(words), "\(outcome.errors)") }
    }

    @Test func `a worker is used through a proxy, with one warning of the token, and directly if it is on this machine`()
        async throws
    {
        let worker = try await HandStartedWorker.start(token: Self.token)
        let port = try #require(URLComponents(string: worker.url)?.port)
        let server = TestServer { connection in
            while let (head, body) = connection.readRequest() {
                let place = "http://node7.invalid:\(port)"
                guard let answer = try? PlainHTTP.send(head.replacing(place, with: ""), body, port: port) else { return }
                connection.write(Array(answer))
            }
        }
        let outcome = try await train("http://node7.invalid:\(port)", environment(server))
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            outcome.errors.split(separator: "\n").count { $0.contains("the token goes to the proxy") } == 1, "\(outcome.errors)")
        // Nobody listens on port 9.
        let direct = try await train(worker.url, ["http_proxy": "http://127.0.0.1:9"])
        #expect(direct.status == 0 && direct.errors.isEmpty, "\(direct.errors)")
    }

    @Test func `an image that a proxy does not give names the proxy`() async throws {
        let server = TestServer { connection in
            while connection.readRequest() != nil { connection.answerWithoutDigest(403, body: "no") }
        }
        let url = "http://images.invalid/a.tif"
        let outcome = try await Program.coppice(["info", url], environment: environment(server))
        #expect(outcome.status == 74)
        #expect(
            outcome.errors
                == "coppice: \(url): the server, or the proxy http://127.0.0.1:\(server.port) (http_proxy), refuses it (403): "
                + "no or wrong credentials\n")
    }
}
