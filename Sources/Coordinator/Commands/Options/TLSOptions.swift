internal import ArgumentParser
internal import Foundation

/// Whom to trust behind `https` URLs, and what to show to workers that ask who is calling.
struct TLSOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Trust https workers of this authority only (PEM) [the system's].", valueName: "file"))
    var tlsCa: String?

    @Option(help: ArgumentHelp("Show this certificate to workers that ask for one (PEM).", valueName: "file"))
    var tlsCert: String?

    @Option(help: ArgumentHelp("The private key of --tls-cert (PEM).", valueName: "file"))
    var tlsKey: String?

    mutating func validate() throws {
        guard (tlsCert == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key: expected both or none, found one")
        }
    }

    /// The files, each looked at: whether they fit together shows in the first handshake.
    ///
    /// - Throws: `CommandError` for a file that cannot be read or is no PEM file of its kind.
    func files() throws(CommandError) -> TLSFiles {
        try Self.check("--tls-ca", tlsCa, holds: "CERTIFICATE", what: "certificates")
        try Self.check("--tls-cert", tlsCert, holds: "CERTIFICATE", what: "certificates")
        try Self.check("--tls-key", tlsKey, holds: "PRIVATE KEY", what: "a private key without a password")
        return TLSFiles(authority: tlsCa, certificate: tlsCert, key: tlsKey)
    }

    private static func check(
        _ option: String, _ path: String?, holds kind: String, what: String
    ) throws(CommandError) {
        guard let path else { return }
        guard let text = try? String(decoding: Data(contentsOf: URL(filePath: path)), as: UTF8.self) else {
            throw CommandError(.inputOutput, "\(option) \(path): cannot be read")
        }
        let isLocked = text.contains("ENCRYPTED")
        guard !isLocked, text.contains("-----BEGIN "), text.contains("\(kind)-----") else {
            let found = isLocked ? "one with a password" : "none"
            throw CommandError(.badInput, "\(option) \(path): expected \(what) in PEM form, found \(found)")
        }
    }
}
