internal import ArgumentParser
internal import Certificates
internal import Coordinator
internal import HTTPClient

/// Whom to trust behind `https` URLs, and what to show to workers that ask who is calling.
struct TLSOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Trust https workers of this authority only (PEM) [the system's].", valueName: "file"))
    var tlsCa: String?

    @Option(help: ArgumentHelp("Show this certificate to workers that ask for one (PEM).", valueName: "file"))
    var tlsCert: String?

    @Option(help: ArgumentHelp("The private key of --tls-cert (PEM).", valueName: "file"))
    var tlsKey: String?

    /// Whether the way to workers is to be secured.
    var isGiven: Bool { tlsCa != nil || tlsCert != nil }

    mutating func validate() throws {
        guard (tlsCert == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key: expected both or none, found one")
        }
    }

    /// The files, looked at before anything is done.
    ///
    /// - Throws: `CoordinatorError` for a file that cannot be read, is no PEM file of its kind, has expired, or for a key that is not the
    ///   certificate's.
    func files() throws(CoordinatorError) -> TLSFiles {
        try Self.files(authority: tlsCa, certificate: tlsCert, key: tlsKey)
    }

    /// The same of files that other options name.
    static func files(authority: String?, certificate: String?, key: String?) throws(CoordinatorError) -> TLSFiles {
        do throws(CertificateError) {
            if let authority { _ = try CertificateFiles.certificates("--tls-ca", authority) }
            if let certificate, let key { _ = try CertificateFiles.identity(certificate: certificate, key: key) }
        } catch {
            switch error {
            case .unreadable(let message): throw CoordinatorError(.inputOutput, message)
            case .unfit(let message): throw CoordinatorError(.badInput, message)
            }
        }
        return TLSFiles(authority: authority, certificate: certificate, key: key)
    }
}
