private import Foundation
package import NIOSSL

/// Reads the PEM files of TLS and finds out what is wrong with them before anybody connects.
///
/// Shared by worker and coordinator, which otherwise have nothing of TLS in common: Hummingbird serves it, libcurl speaks it.
package enum CertificateFiles {
    /// Certificates of a file; the first one holds now.
    ///
    /// - Parameter option: names the file in messages.
    /// - Throws: `CertificateError` that says what was expected and what was found.
    package static func certificates(
        _ option: String, _ path: String
    ) throws(CertificateError) -> [NIOSSLCertificate] {
        let now = Int(Date().timeIntervalSince1970)
        let bytes = try contents(option, path)
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), let first = certificates.first else {
            throw .unfit("\(option) \(path): expected certificates in PEM form, found none")
        }
        guard Int(first.notValidAfter) >= now else {
            let day = day(Int(first.notValidAfter))
            throw .unfit("\(option) \(path): expected a valid certificate, found one expired on \(day)")
        }
        guard Int(first.notValidBefore) <= now else {
            let day = day(Int(first.notValidBefore))
            throw .unfit("\(option) \(path): expected a valid certificate, found one for \(day) and later")
        }
        return certificates
    }

    /// A certificate with those that lead to its authority, and its key, which has no password.
    ///
    /// - Throws: `CertificateError`, also when the two do not belong together.
    package static func identity(
        certificate: String, key: String
    ) throws(CertificateError) -> (chain: [NIOSSLCertificate], key: NIOSSLPrivateKey) {
        let chain = try certificates("--tls-cert", certificate)
        let bytes = try contents("--tls-key", key)
        let secret: NIOSSLPrivateKey
        do {
            // An empty answer to the question for a password: nobody is there to be asked.
            secret = try NIOSSLPrivateKey(bytes: bytes, format: .pem) { setPassword in setPassword([UInt8]()) }
        } catch {
            throw .unfit("--tls-key \(key): expected a private key in PEM form without a password, found none")
        }
        do {
            _ = try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(secret)))
        } catch {
            throw .unfit("--tls-key \(key): expected the key of the certificate in \(certificate), found another one")
        }
        return (chain, secret)
    }

    private static func contents(_ option: String, _ path: String) throws(CertificateError) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw .unreadable("\(option) \(path): cannot be read")
        }
    }

    private static func day(_ seconds: Int) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601.year().month().day())
    }
}

/// Why a file of TLS cannot be used. `description` is one line.
package enum CertificateError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file could not be read.
    case unreadable(String)
    /// Its content is not what was expected.
    case unfit(String)

    package var description: String {
        switch self {
        case .unreadable(let message), .unfit(let message): message
        }
    }
}
