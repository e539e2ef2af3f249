import Foundation
@testable import HTTPClient
import Testing

@testable import Coordinator

/// TLS and mutual TLS between the programs: who gets in, and who does not.
@Suite struct SecureTLSTests {
    private static let token = "correct-horse-battery-staple"

    /// A worker with mutual TLS and everybody who may knock at its door.
    private struct Scene {
        let scratch: Scratch
        let certificates: Certificates
        let worker: HandStartedWorker

        init(isMutual: Bool = true) async throws {
            scratch = try Scratch()
            certificates = Certificates(in: scratch)
            try await certificates.authority("ours")
            try await certificates.issue("worker", by: "ours")
            try DemoInputs.write(to: scratch, side: 80, pixelsPerClass: 80)
            worker = try await HandStartedWorker.start(
                arguments: ["--tls-cert", certificates.pem("worker"), "--tls-key", certificates.key("worker")]
                    + (isMutual ? ["--tls-ca", certificates.pem("ours")] : []))
        }

        /// Trains with that worker; `client` names the certificate shown.
        func train(client: String? = nil, authority: String? = "ours", url: String? = nil) async throws -> Program.Outcome {
            var arguments = [
                "train", scratch("image.png"), scratch("scribbles.png"), "--trees", "2", "--workers", url ?? worker.url,
                "--output", scratch("model.json"),
            ]
            if let authority { arguments += ["--tls-ca", certificates.pem(authority)] }
            if let client { arguments += ["--tls-cert", certificates.pem(client), "--tls-key", certificates.key(client)] }
            return try await Program.coppice(arguments)
        }
    }

    @Test func `a client of the worker's authority trains over mutual TLS, and the model is the same as without`() async throws {
        let scene = try await Scene()
        #expect(scene.worker.url.hasPrefix("https://127.0.0.1:"))
        try await scene.certificates.issue("client", by: "ours")
        let outcome = try await scene.train(client: "client")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let secure = try scene.scratch.bytes("model.json")
        let plain = try await Program.coppice([
            "train", scene.scratch("image.png"), scene.scratch("scribbles.png"), "--trees", "2", "--local", "1", "--output",
            scene.scratch("plain.json"),
        ])
        #expect(plain.status == 0, "\(plain.errors)")
        #expect(try scene.scratch.bytes("plain.json") == secure)
    }

    @Test func `without a certificate, or with another authority's, nobody gets in`() async throws {
        let scene = try await Scene()
        try await scene.certificates.authority("theirs")
        try await scene.certificates.issue("stranger", by: "theirs")
        for client in [nil, "stranger"] {
            let outcome = try await scene.train(client: client)
            #expect(outcome.status == 69, "\(client ?? "none"): \(outcome.errors)")
            #expect(outcome.errors.contains("does not accept our certificate"), "\(client ?? "none"): \(outcome.errors)")
        }
        #expect(!scene.scratch.names.contains("model.json"))
    }

    @Test func `a certificate that has expired does not get in, and is found out before`() async throws {
        let scene = try await Scene()
        try await scene.certificates.issue("late", by: "ours", days: -1)
        let outcome = try await scene.train(client: "late")
        #expect(outcome.status == 65)
        #expect(outcome.errors.contains("expired on"), "\(outcome.errors)")
        // A client that does not look at its own certificate.
        let files = TLSFiles(
            authority: scene.certificates.pem("ours"), certificate: scene.certificates.pem("late"),
            key: scene.certificates.key("late"))
        let error = await #expect(throws: HTTPError.self) {
            try await CurlClient(files: files).send(HTTPRequest(method: .get, url: "\(scene.worker.url)/livez"))
        }
        #expect(error?.kind == .identityRefused, "\(String(describing: error))")
    }

    @Test func `a worker whose certificate is of another authority is unfit at once`() async throws {
        let scene = try await Scene(isMutual: false)
        try await scene.certificates.authority("theirs")
        for authority in ["theirs", nil] {
            let outcome = try await scene.train(authority: authority)
            #expect(outcome.status == 69, "\(outcome.errors)")
            #expect(outcome.errors.contains("certificate is not trusted"), "\(outcome.errors)")
        }
        #expect(try await scene.train().status == 0)
    }

    @Test func `a worker that speaks plain HTTP under an https URL is unfit at once`() async throws {
        let scene = try await Scene(isMutual: false)
        let plain = try await HandStartedWorker.start()
        let outcome = try await scene.train(url: plain.url.replacing("http://", with: "https://"))
        #expect(outcome.status == 69, "\(outcome.errors)")
        #expect(outcome.errors.contains("expected https"), "\(outcome.errors)")
        withExtendedLifetime(plain) {}
    }

    @Test func `files that cannot serve are refused at the start, in one line that names them`() async throws {
        let scratch = try Scratch()
        let certificates = Certificates(in: scratch)
        try await certificates.authority("ours")
        for (name, days) in [("good", 30), ("other", 30), ("late", -1)] {
            try await certificates.issue(name, by: "ours", days: days)
        }
        let good = (certificates.pem("good"), certificates.key("good"))
        let cases: [(arguments: [String], status: Int32, words: String)] = [
            (["--tls-cert", certificates.pem("late"), "--tls-key", certificates.key("late")], 65, "expired on"),
            (["--tls-cert", good.0, "--tls-key", certificates.key("other")], 65, "found another one"),
            (["--tls-cert", good.1, "--tls-key", good.1], 65, "expected certificates in PEM form"),
            (["--tls-cert", good.0, "--tls-key", good.0], 65, "expected a private key in PEM form"),
            (["--tls-cert", scratch("none"), "--tls-key", good.1], 74, "cannot be read"),
            (["--tls-cert", good.0], 64, "expected --tls-key with it"),
            (["--tls-ca", certificates.pem("ours")], 64, "expected --tls-cert and --tls-key with it"),
            (["--host", "0.0.0.0", "--tls-cert", good.0, "--tls-key", good.1], 64, "mutual TLS"),
        ]
        for (arguments, status, words) in cases {
            let outcome = try await Running(Program.worker, arguments).ended()
            #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
            #expect(outcome.errors.contains(words), "\(outcome.errors)")
            #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
        }
    }

    @Test func `the coordinator looks at its files before it does anything`() async throws {
        let scratch = try Scratch()
        let certificates = Certificates(in: scratch)
        try await certificates.authority("ours")
        try DemoInputs.write(to: scratch, side: 80, pixelsPerClass: 80)
        let train = ["train", scratch("image.png"), scratch("scribbles.png"), "--output", scratch("m.json"), "--tls-ca"]
        #expect(try await Program.coppice(train + [scratch("none")]).status == 74)
        let wrong = try await Program.coppice(train + [certificates.key("ours")])
        #expect(wrong.status == 65)
        #expect(wrong.errors.contains("expected certificates in PEM form"), "\(wrong.errors)")
        try await certificates.issue("client", by: "ours")
        try await certificates.issue("other", by: "ours")
        let crossed = try await Program.coppice(
            train + [
                certificates.pem("ours"), "--tls-cert", certificates.pem("client"), "--tls-key", certificates.key("other"),
            ])
        #expect(crossed.status == 65)
        #expect(crossed.errors.contains("found another one"), "\(crossed.errors)")
        let half = try await Program.coppice(train + [certificates.pem("ours"), "--tls-cert", certificates.pem("ours")])
        #expect(half.status == 64)
    }
}
