internal import Foundation

/// An absolute URL taken apart strictly: whatever two programs might read in two ways is refused.
///
/// Scheme `http`, `https` or `s3`; a host in letters, digits, dots and hyphens, or an IPv6 address in brackets; no user, no
/// fragment; a path without `.`, `..`, empty or encoded separators. No name is looked up: a host is compared as it is written,
/// so that addresses such as 169.254.169.254, which give out a machine's credentials, are reached only by whoever allows them
/// by name.
package struct AllowedURL: Equatable, Sendable, CustomStringConvertible {
    package let scheme: String
    /// In lower case.
    package let host: String
    /// As written, or the scheme's.
    package let port: Int
    /// Parts of the path, as they are written; without an empty last one.
    package let segments: [String]

    /// - Throws: `ReferenceError` that says which part is not as it should be.
    package init(_ text: String) throws(ReferenceError) {
        let shown = text.prefix(200).filter { $0.isASCII && !$0.isNewline }
        func refusal(_ expected: String) -> ReferenceError {
            ReferenceError("url: expected \(expected), found \"\(shown)\"")
        }
        guard text.utf8.count <= 4096, text.utf8.allSatisfy({ (33...126).contains($0) && $0 != UInt8(ascii: "\\") }) else {
            throw refusal("up to 4096 visible ASCII characters without a backslash")
        }
        guard let colon = text.range(of: "://") else { throw refusal("an absolute URL") }
        scheme = text[..<colon.lowerBound].lowercased()
        let ports = ["http": 80, "https": 443, "s3": 443]
        guard let standard = ports[scheme] else { throw refusal("http, https or s3") }
        let rest = text[colon.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }
        guard !authority.contains("@") else { throw refusal("no user in the URL") }
        guard !rest.contains("#") else { throw refusal("no fragment") }
        (host, port) = try Self.split(authority, standard: standard, refusal)
        let path = rest.dropFirst(authority.count).prefix { $0 != "?" }
        var parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        if parts.last == "" { parts.removeLast() }
        for part in parts {
            let plain = part.lowercased().replacing("%2e", with: ".")
            guard !part.isEmpty, plain != ".", plain != "..", !plain.contains("%2f"), !plain.contains("%5c"),
                !plain.contains("%00")
            else { throw refusal("a path without \".\", \"..\", empty parts and encoded separators") }
        }
        segments = parts
    }

    private static func split(
        _ authority: Substring, standard: Int, _ refusal: (String) -> ReferenceError
    ) throws(ReferenceError) -> (String, Int) {
        var host = authority
        var port = standard
        let tail = authority.hasPrefix("[") ? authority.drop { $0 != "]" }.dropFirst() : authority.drop { $0 != ":" }
        if !tail.isEmpty {
            let digits = tail.dropFirst()
            guard tail.hasPrefix(":"), digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(digits),
                (1...65535).contains(number)
            else { throw refusal("a port from 1 to 65535") }
            host = authority.dropLast(tail.count)
            port = number
        }
        let isAddress = host.hasPrefix("[") && host.hasSuffix("]")
        let name = isAddress ? host.dropFirst().dropLast() : host
        let extra = isAddress ? ":." : "-._"
        guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || extra.contains($0)) }) else {
            throw refusal("a host name or address")
        }
        return (host.lowercased(), port)
    }

    /// Whether `other` is at or below this URL: the same scheme, host and port, and whole parts of the path.
    package func covers(_ other: AllowedURL) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port && other.segments.starts(with: segments)
    }

    package var description: String { "\(scheme)://\(host):\(port)/\(segments.joined(separator: "/"))" }
}
