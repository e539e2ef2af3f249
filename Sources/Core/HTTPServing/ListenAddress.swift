/// Where a server listens.
package struct ListenAddress: Equatable, Sendable {
    /// A name or an IPv4 or IPv6 address, without brackets.
    package let host: String
    /// 0 lets the system choose.
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Whether only this machine can reach it: 127.0.0.0/8, ::1 and localhost.
    package var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { $0.allSatisfy(\.isASCII) && UInt8($0) != nil }
    }

    /// The host under which other machines reach it: of an address that stands for all of the machine's, the machine's name.
    package func hostForOthers(on machine: String) -> String { ["0.0.0.0", "::", "0"].contains(host) ? machine : host }

    /// The address as a URL, with the port that was chosen.
    package func url(port: Int, isSecure: Bool = false) -> String {
        let scheme = isSecure ? "https" : "http"
        return host.contains(":") ? "\(scheme)://[\(host)]:\(port)" : "\(scheme)://\(host):\(port)"
    }
}
