internal import Foundation

/// Where a worker is: `http(s)://host[:port][/path]`, without user, query or fragment.
///
/// Two spellings of one place are equal: scheme and host are in lower case, and there is no slash at the end.
struct WorkerURL: Hashable, Sendable, CustomStringConvertible {
    let text: String
    /// Whether what is sent there can be read on the way: plain http to another machine.
    let isOverheard: Bool

    /// The longest URL, in bytes.
    static let bytesMax = 2048
    /// Goes into messages.
    static let example = "http://10.0.0.7:8080"

    /// nil for anything else.
    init?(_ text: String) {
        guard text.utf8.count <= Self.bytesMax, text.utf8.allSatisfy({ (33...126).contains($0) }),
            let url = URL(string: text), let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let host = url.host?.lowercased(), !host.isEmpty, url.user == nil, url.password == nil, url.query == nil,
            url.fragment == nil, (1...65535).contains(url.port ?? 80), let mark = text.firstRange(of: "://")
        else { return nil }
        let end = text[mark.upperBound...].firstIndex(of: "/") ?? text.endIndex
        var canonical = text[..<end].lowercased() + text[end...]
        while canonical.hasSuffix("/") { canonical.removeLast() }
        self.text = canonical
        let isLoopback = host == "localhost" || host == "::1" || host == "[::1]" || host.hasPrefix("127.")
        isOverheard = scheme == "http" && !isLoopback
    }

    var description: String { text }
}

extension String {
    /// Foreign text as it may stand in a message: one line of printable characters, and not too long.
    var quotedForMessage: String {
        let shown = unicodeScalars.prefix(80).map { $0.properties.generalCategory == .control ? "·" : String($0) }.joined()
        return "\"\(shown)\(unicodeScalars.count > 80 ? "…" : "")\""
    }
}
