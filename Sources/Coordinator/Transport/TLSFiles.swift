internal import CCurl

/// The files that secure the way to workers, PEM, by path. Verification of workers is always on, whatever is given here.
package struct TLSFiles: Hashable, Sendable {
    /// The only authority whose workers are trusted; nil for those that the system trusts.
    var authority: String?
    /// Shown to workers that ask for one; its key comes with it.
    var certificate: String?
    var key: String?

    package init(authority: String? = nil, certificate: String? = nil, key: String? = nil) {
        self.authority = authority
        self.certificate = certificate
        self.key = key
    }

    /// Sets them on a libcurl handle.
    func configure(_ handle: UnsafeMutableRawPointer) {
        for (option, value) in [
            (CURLOPT_SSL_VERIFYPEER, 1), (CURLOPT_SSL_VERIFYHOST, 2), (CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2),
        ] {
            _ = coppice_curl_set_long(handle, option, value)
        }
        if let authority {
            _ = coppice_curl_set_text(handle, CURLOPT_CAINFO, authority)
            // The folder of the system's authorities would be trusted besides.
            _ = coppice_curl_set_text(handle, CURLOPT_CAPATH, nil)
        }
        if let certificate, let key {
            _ = coppice_curl_set_text(handle, CURLOPT_SSLCERT, certificate)
            _ = coppice_curl_set_text(handle, CURLOPT_SSLKEY, key)
            // A key with a password must not ask for it on the terminal.
            _ = coppice_curl_set_text(handle, CURLOPT_KEYPASSWD, "")
        }
    }

    /// Why no try will ever get past this end of a handshake; nil for a failure that may pass.
    ///
    /// - Parameter detail: libcurl's own line, with the alert that the other side sent.
    static func verdict(_ code: CURLcode, _ detail: String) -> String? {
        switch code {
        case CURLE_PEER_FAILED_VERIFICATION: return "the worker's certificate is not trusted: \(detail)"
        case CURLE_SSL_CACERT_BADFILE: return "--tls-ca cannot be used: \(detail)"
        case CURLE_SSL_CERTPROBLEM: return "--tls-cert and --tls-key cannot be used together: \(detail)"
        case CURLE_SSL_CONNECT_ERROR, CURLE_RECV_ERROR, CURLE_SEND_ERROR:
            let words = detail.lowercased()
            if words.contains("alert"), words.contains("certificate") || words.contains("unknown ca") {
                return "the worker does not accept our certificate (--tls-cert): \(detail)"
            }
            if words.contains("wrong version number") || words.contains("packet length too long") {
                return "expected https, found a worker that speaks something else: \(detail)"
            }
            return nil
        default: return nil
        }
    }
}
