internal import Foundation
internal import NIOSSL

/// A worker's side of TLS: its certificate, and the authority whose clients it serves.
///
/// TLS 1.2 is the oldest version spoken. With an authority, the handshake of a client that shows no certificate of it fails:
/// mutual TLS.
struct ServerTLS: Sendable {
    let configuration: TLSConfiguration
    /// Whether clients must show a certificate.
    let requiresClientCertificate: Bool

    /// Reads and checks the files, all PEM.
    ///
    /// - Parameters:
    ///   - certificate: the worker's certificate first, then those that lead to its authority.
    ///   - key: the certificate's private key, without a password.
    ///   - authority: certificates that a client's must lead to; nil to serve everybody.
    ///   - now: seconds since 1970; a certificate that does not hold now is refused.
    /// - Throws: `StartError` that names the file, what was expected and what was found.
    init(certificate: String, key: String, authority: String?, now: time_t = time(nil)) throws(StartError) {
        let chain = try Self.certificates("--tls-cert", certificate, now: now)
        let secret = try Self.key(key)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(secret))
        configuration.minimumTLSVersion = .tlsv12
        if let authority {
            configuration.trustRoots = .certificates(try Self.certificates("--tls-ca", authority, now: now))
            configuration.certificateVerification = .noHostnameVerification
        }
        self.configuration = configuration
        requiresClientCertificate = authority != nil
        do {
            _ = try NIOSSLContext(configuration: configuration)
        } catch {
            throw StartError(
                .badInput, "--tls-key \(key): expected the key of the certificate in \(certificate), found another one")
        }
    }

    /// The options as they stand on the command line; nil without any.
    ///
    /// - Throws: `StartError` when some but not enough are given, or a file is not as it should be.
    init?(certificate: String?, key: String?, authority: String?) throws(StartError) {
        switch (certificate, key) {
        case (let certificate?, let key?): try self.init(certificate: certificate, key: key, authority: authority)
        case (nil, nil):
            guard authority == nil else {
                throw StartError(.usage, "--tls-ca: expected --tls-cert and --tls-key with it, found neither")
            }
            return nil
        case (nil, _?): throw StartError(.usage, "--tls-key: expected --tls-cert with it, found none")
        case (_?, nil): throw StartError(.usage, "--tls-cert: expected --tls-key with it, found none")
        }
    }

    private static func certificates(_ option: String, _ path: String, now: time_t) throws(StartError) -> [NIOSSLCertificate] {
        let bytes = try contents(option, path)
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), let first = certificates.first else {
            throw StartError(.badInput, "\(option) \(path): expected certificates in PEM form, found none")
        }
        guard first.notValidAfter >= now else {
            throw StartError(
                .badInput, "\(option) \(path): expected a valid certificate, found one expired on \(day(first.notValidAfter))")
        }
        guard first.notValidBefore <= now else {
            throw StartError(
                .badInput, "\(option) \(path): expected a valid certificate, found one for \(day(first.notValidBefore)) and later"
            )
        }
        return certificates
    }

    private static func key(_ path: String) throws(StartError) -> NIOSSLPrivateKey {
        let bytes = try contents("--tls-key", path)
        do {
            // An empty answer to the question for a password: nobody is there to be asked.
            return try NIOSSLPrivateKey(bytes: bytes, format: .pem) { setPassword in setPassword([UInt8]()) }
        } catch {
            throw StartError(.badInput, "--tls-key \(path): expected a private key in PEM form without a password, found none")
        }
    }

    private static func contents(_ option: String, _ path: String) throws(StartError) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw StartError(.inputOutput, "\(option) \(path): cannot be read")
        }
    }

    private static func day(_ time: time_t) -> String {
        Date(timeIntervalSince1970: Double(time)).formatted(.iso8601.year().month().day())
    }
}
