import Foundation

/// Authorities and certificates for 127.0.0.1, made by the `openssl` program in a test's folder.
///
/// Each is a pair of files: `NAME.pem`, the certificate, and `NAME.key`.
struct Certificates {
    let scratch: Scratch

    struct Failure: Error { let reason: String }

    init(in scratch: Scratch) { self.scratch = scratch }

    /// Makes an authority.
    func authority(_ name: String) async throws {
        try await run(
            ["req", "-x509"] + Self.newKey + ["-keyout", key(name), "-out", pem(name), "-days", "30", "-subj", "/CN=\(name)"])
    }

    /// Makes a certificate that `authority` has signed, and that has `days` to go: none when negative.
    func issue(_ name: String, by authority: String, days: Int = 30) async throws {
        let request = scratch("\(name).csr")
        let extensions = scratch("\(name).ext")
        try Data("subjectAltName=IP:127.0.0.1,DNS:localhost\n".utf8).write(to: URL(fileURLWithPath: extensions))
        try await run(["req", "-new"] + Self.newKey + ["-keyout", key(name), "-out", request, "-subj", "/CN=\(name)"])
        try await run([
            "x509", "-req", "-in", request, "-CA", pem(authority), "-CAkey", key(authority), "-set_serial", "7", "-days",
            "\(days)", "-extfile", extensions, "-out", pem(name),
        ])
    }

    func pem(_ name: String) -> String { scratch("\(name).pem") }
    func key(_ name: String) -> String { scratch("\(name).key") }

    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

    private func run(_ arguments: [String]) async throws {
        let outcome = try await Running(URL(fileURLWithPath: "/usr/bin/openssl"), arguments).ended()
        guard outcome.status == 0 else { throw Failure(reason: "openssl \(arguments): \(outcome.errors)") }
    }
}
