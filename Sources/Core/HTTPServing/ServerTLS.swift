internal import Certificates
package import NIOSSL

/// A server's side of TLS: its certificate, and the authority whose clients it serves.
///
/// TLS 1.2 is the oldest version spoken. With an authority, the handshake of a client that shows no certificate of it fails:
/// mutual TLS.
package struct ServerTLS: Sendable {
    package let configuration: TLSConfiguration
    /// Whether clients must show a certificate.
    package let requiresClientCertificate: Bool

    /// Reads and checks the files, all PEM.
    ///
    /// - Parameters:
    ///   - certificate: the server's certificate first, then those that lead to its authority.
    ///   - key: the certificate's private key, without a password.
    ///   - authority: certificates that a client's must lead to; nil to serve everybody.
    /// - Throws: `ServingError` that names the file, what was expected and what was found.
    package init(certificate: String, key: String, authority: String?) throws(ServingError) {
        do throws(CertificateError) {
            let identity = try CertificateFiles.identity(certificate: certificate, key: key)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: identity.chain.map { .certificate($0) }, privateKey: .privateKey(identity.key))
            configuration.minimumTLSVersion = .tlsv12
            if let authority {
                configuration.trustRoots = .certificates(try CertificateFiles.certificates("--tls-ca", authority))
                configuration.certificateVerification = .noHostnameVerification
            }
            self.configuration = configuration
            requiresClientCertificate = authority != nil
        } catch {
            switch error {
            case .unreadable(let message): throw .unreadable(message)
            case .unfit(let message): throw .unfit(message)
            }
        }
    }

    /// The options as they stand on the command line; nil without any.
    ///
    /// - Throws: `ServingError` when some but not enough are given, or a file is not as it should be.
    package init?(certificate: String?, key: String?, authority: String?) throws(ServingError) {
        switch (certificate, key) {
        case (let certificate?, let key?): try self.init(certificate: certificate, key: key, authority: authority)
        case (nil, nil):
            guard authority == nil else {
                throw .misused("--tls-ca: expected --tls-cert and --tls-key with it, found neither")
            }
            return nil
        case (nil, _?): throw .misused("--tls-key: expected --tls-cert with it, found none")
        case (_?, nil): throw .misused("--tls-cert: expected --tls-key with it, found none")
        }
    }
}
