internal import CCurl

/// The files that secure the way to servers, PEM, by path. Verification of servers is always on, whatever is given here.
package struct TLSFiles: Hashable, Sendable {
    /// The authority whose servers are trusted; nil for those that the system trusts.
    package var authority: String?
    /// Whether the folder of the system's authorities is trusted besides `authority`.
    package var trustsSystem: Bool
    /// Shown to servers that ask for one; its key comes with it.
    package var certificate: String?
    package var key: String?

    package init(authority: String? = nil, trustsSystem: Bool = false, certificate: String? = nil, key: String? = nil) {
        (self.authority, self.trustsSystem, self.certificate, self.key) = (authority, trustsSystem, certificate, key)
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
            if !trustsSystem { _ = coppice_curl_set_text(handle, CURLOPT_CAPATH, nil) }
        }
        if let certificate, let key {
            _ = coppice_curl_set_text(handle, CURLOPT_SSLCERT, certificate)
            _ = coppice_curl_set_text(handle, CURLOPT_SSLKEY, key)
            // A key with a password must not ask for it on the terminal.
            _ = coppice_curl_set_text(handle, CURLOPT_KEYPASSWD, "")
        }
    }

    /// What is wrong with a handshake that no try will ever get past; nil for a failure that may pass.
    ///
    /// - Parameter detail: libcurl's own line, with the alert that the other side sent.
    static func problem(_ code: CURLcode, _ detail: String) -> HTTPError.Kind? {
        switch code {
        case CURLE_PEER_FAILED_VERIFICATION: return .peerUntrusted
        case CURLE_SSL_CACERT_BADFILE: return .authorityUnusable
        case CURLE_SSL_CERTPROBLEM: return .identityUnusable
        case CURLE_SSL_CONNECT_ERROR, CURLE_RECV_ERROR, CURLE_SEND_ERROR:
            let words = detail.lowercased()
            if words.contains("alert"), words.contains("certificate") || words.contains("unknown ca") { return .identityRefused }
            return words.contains("wrong version number") || words.contains("packet length too long") ? .notTLS : nil
        default: return nil
        }
    }
}
