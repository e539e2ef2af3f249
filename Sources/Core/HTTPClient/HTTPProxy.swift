internal import Foundation

/// A proxy through which requests go, because the environment names it.
package struct HTTPProxy: Hashable, Sendable, CustomStringConvertible {
    /// As the environment has it. It may hold a password: never to be logged.
    let address: String
    /// Scheme, host and port.
    package let shown: String
    /// The variable that names it, such as `http_proxy`.
    package let variable: String

    package init(address: String, variable: String) {
        self.address = address
        self.variable = variable
        let parts = address.firstRange(of: "://").map { (String(address[..<$0.lowerBound]), address[$0.upperBound...]) }
        let (scheme, rest) = parts ?? ("http", address[...])
        let place = rest.prefix { $0 != "/" }
        let host = place.lastIndex(of: "@").map { place[place.index(after: $0)...] } ?? place
        shown = "\(scheme.lowercased())://\(host.filter { !$0.isWhitespace })"
    }

    /// Such as `the proxy http://10.0.0.1:3128 (http_proxy)`.
    package var description: String { "the proxy \(shown) (\(variable))" }
}

/// The proxies that an environment names, by the rules of libcurl: `http_proxy` for `http` URLs, `https_proxy` or `HTTPS_PROXY` for `https`
/// URLs, else `all_proxy` or `ALL_PROXY`; none for the hosts of `no_proxy` or `NO_PROXY`, and never for loopback addresses.
///
/// The choice is made here, not by libcurl, so that messages can name the proxy.
package struct HTTPProxies: Sendable {
    private let http: HTTPProxy?
    private let https: HTTPProxy?
    private let exceptions: [Exception]

    /// Those of this process, as they were at the first look.
    package static let ofProcess = HTTPProxies(ProcessInfo.processInfo.environment)

    package init(_ environment: [String: String]) {
        func proxy(_ names: String...) -> HTTPProxy? {
            names.first { environment[$0]?.isEmpty == false }.map { HTTPProxy(address: environment[$0] ?? "", variable: $0) }
        }
        let others = ["all_proxy", "ALL_PROXY"]
        // A server sets HTTP_PROXY from a request's field `Proxy`: it is not to be trusted.
        http = proxy("http_proxy", others[0], others[1])
        https = proxy("https_proxy", "HTTPS_PROXY", others[0], others[1])
        let list = [environment["no_proxy"], environment["NO_PROXY"]].compactMap { $0 }.first { !$0.isEmpty } ?? ""
        exceptions = list.split { $0 == "," || $0.isWhitespace }.map(Exception.init)
    }

    /// The proxy for an absolute URL; nil if requests go directly.
    package func proxy(for url: String) -> HTTPProxy? {
        // Most are, and this is asked of every exchange.
        if http == nil, https == nil { return nil }
        guard let chosen = url.prefix(6).lowercased() == "https:" ? https : http, !Self.isLoopback(url),
            let host = URLComponents(string: url)?.host?.lowercased()
        else { return nil }
        let name = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        return exceptions.contains { $0.covers(name) } ? nil : chosen
    }

    /// Whether a URL is of this machine.
    package static func isLoopback(_ url: String) -> Bool {
        // Most are, and this is asked of every exchange.
        if url.hasPrefix("http://127.0.0.1:"), !url.utf8.contains(UInt8(ascii: "@")) { return true }
        guard let host = URLComponents(string: url)?.host?.lowercased() else { return false }
        return host == "localhost" || host == "[::1]" || host == "::1" || host.hasPrefix("127.")
    }

    /// One entry of `no_proxy`: a name with the names below it, an address, a range of addresses, or `*` for all.
    private enum Exception {
        case all
        case name(String)
        case range([UInt8], bits: Int)

        init(_ text: Substring) {
            if text == "*" {
                self = .all
                return
            }
            let parts = text.split(separator: "/", maxSplits: 1)
            let place = (parts.first ?? "").trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
            if let address = Self.address(place) {
                self = .range(address, bits: min(parts.count == 2 ? Int(parts[1]) ?? .max : .max, address.count * 8))
            } else {
                self = .name(text.lowercased().trimmingCharacters(in: CharacterSet(charactersIn: ".")))
            }
        }

        func covers(_ host: String) -> Bool {
            switch self {
            case .all: return true
            case .name(let name):
                let host = host.hasSuffix(".") ? String(host.dropLast()) : host
                return !name.isEmpty && (host == name || host.hasSuffix(".\(name)"))
            case .range(let base, let bits):
                guard let address = Self.address(host), address.count == base.count, bits >= 0 else { return false }
                return (0..<bits).allSatisfy { bit in
                    let difference: UInt8 = address[bit / 8] ^ base[bit / 8]
                    return difference & (0x80 >> UInt8(bit % 8)) == 0
                }
            }
        }

        /// The 4 or 16 bytes of a numeric address; nil for a name.
        private static func address(_ text: String) -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: 16)
            if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes.prefix(4)) }
            return inet_pton(AF_INET6, text, &bytes) == 1 ? bytes : nil
        }
    }
}
