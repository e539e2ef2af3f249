internal import HTTPTypes
internal import Hummingbird

/// From where a request may come: the page of this server, and nothing else in a browser.
///
/// A page of another site can have the browser send requests here: by a name that it makes lead to 127.0.0.1 (DNS rebinding), or by a
/// form or an image that needs no leave. The first is told by `Host`, the second by `Origin`, `Sec-Fetch-Site` and the type of the body.
struct RequestOrigin: Sendable {
    /// Names under which the server may be asked for, in lower case, without brackets.
    private let names: Set<String>
    /// Whether any address in numbers will do: the server listens on all of the machine's, and no name leads astray who uses none.
    private let allowsAddresses: Bool

    static let loopbackNames = ["localhost", "127.0.0.1", "::1"]

    /// - Parameters:
    ///   - host: the address listened on.
    ///   - names: further ones under which browsers reach it.
    init(listeningOn host: String, alsoKnownAs names: [String]) {
        self.names = Set((Self.loopbackNames + [host] + names).map { $0.lowercased() })
        allowsAddresses = ["0.0.0.0", "::", "0"].contains(host)
    }

    /// Why a request is refused; nil for one that is not.
    func refusal(of request: Request, for endpoint: Endpoint?) -> Refusal? {
        guard let authority = request.head.authority?.lowercased(), let host = Self.host(of: authority), isKnown(host) else {
            return Refusal(
                .misdirectedRequest, "wrong_host",
                "host: expected the address that the server listens on, found \"\(request.head.authority?.prefix(100) ?? "")\"; "
                    + "name others with --host")
        }
        if let origin = request.headers[.origin]?.lowercased(), origin != "http://\(authority)", origin != "https://\(authority)"
        {
            return Refusal(.forbidden, "wrong_origin", "origin: expected \(authority), found \"\(origin.prefix(100))\"")
        }
        // A browser says whether it asks for its own page. A link on another site may open the page, and do nothing else.
        let site = request.headers[.ownName("Sec-Fetch-Site")]
        if let site, !["same-origin", "none"].contains(site), endpoint?.isDocument != true {
            return Refusal(.forbidden, "wrong_origin", "sec-fetch-site: expected same-origin, found \"\(site.prefix(40))\"")
        }
        // No form and no script without leave sends these types.
        if ![.get, .head].contains(request.method) {
            let type = request.headers[.contentType]?.split(separator: ";").first?.lowercased().filter { $0 != " " }
            guard let type, ["application/json", "application/octet-stream"].contains(type) else {
                return Refusal(
                    .unsupportedMediaType, "unsupported_media_type",
                    "content-type: expected application/json or application/octet-stream")
            }
        }
        return nil
    }

    private func isKnown(_ host: String) -> Bool { names.contains(host) || allowsAddresses && Self.isAddress(host) }

    /// The host of `host:port`, without brackets; nil for anything malformed.
    static func host(of authority: String) -> String? {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]"), isPort(authority[authority.index(after: end)...]) else { return nil }
            return String(authority[authority.index(after: authority.startIndex)..<end])
        }
        let host = authority.prefix { $0 != ":" }
        guard !host.isEmpty, isPort(authority[host.endIndex...]) else { return nil }
        return String(host)
    }

    /// Whether a text is `:` and digits, or nothing.
    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || text.first == ":" && text.dropFirst().utf8.allSatisfy { (48...57).contains($0) } && text.utf8.count <= 6
    }

    /// Whether a host is written in numbers.
    private static func isAddress(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count == 4, parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } && UInt8($0) != nil }) {
            return true
        }
        return host.contains(":") && host.utf8.allSatisfy { ":.0123456789abcdef".utf8.contains($0) }
    }
}
