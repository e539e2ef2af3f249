internal import Foundation
internal import HTTPClient

/// The address of an object that is read over HTTP: `http://…`, `https://…`, or `s3://bucket/key`.
///
/// For S3, the address is `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`, else Amazon's of the region `AWS_REGION` or `AWS_DEFAULT_REGION`
/// (`us-east-1`); buckets are named in the path. Requests are signed with `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, and
/// `AWS_SESSION_TOKEN` if there is one; without a key they are not.
struct RemoteURL: Hashable, Sendable {
    /// As the user wrote it.
    let text: String
    /// What is asked for.
    let address: String
    /// Nil for unsigned requests.
    let credentials: HTTPRequest.Credentials?

    /// - Throws: `ReferenceError` for text that is no such URL.
    init(_ text: String, environment: [String: String] = ProcessInfo.processInfo.environment) throws(ReferenceError) {
        let url = try AllowedURL(text)
        self.text = text
        guard url.scheme == "s3" else {
            (address, credentials) = (text, nil)
            return
        }
        guard !url.segments.isEmpty, !text.contains("?") else {
            throw ReferenceError("url: expected s3://bucket/key, found \"\(url)\"")
        }
        let value = { (name: String) in environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let region = value("AWS_REGION") ?? value("AWS_DEFAULT_REGION") ?? "us-east-1"
        let endpoint = value("AWS_ENDPOINT_URL_S3") ?? value("AWS_ENDPOINT_URL") ?? "https://s3.\(region).amazonaws.com"
        let base = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
        guard base.hasPrefix("http://") || base.hasPrefix("https://"), base.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw ReferenceError("AWS_ENDPOINT_URL: expected an http or https URL")
        }
        address = "\(base)/\(url.host)/\(url.segments.joined(separator: "/"))"
        credentials = value("AWS_ACCESS_KEY_ID").flatMap { key in
            value("AWS_SECRET_ACCESS_KEY").map {
                HTTPRequest.Credentials(region: region, key: key, secret: $0, session: value("AWS_SESSION_TOKEN"))
            }
        }
    }

    private init(text: String, address: String, credentials: HTTPRequest.Credentials?) {
        (self.text, self.address, self.credentials) = (text, address, credentials)
    }

    /// Whether text is meant as a URL.
    static func matches(_ text: String) -> Bool {
        ["http://", "https://", "s3://"].contains { text.lowercased().hasPrefix($0) }
    }

    /// An object below this one.
    ///
    /// - Parameter path: components joined by slashes; none that leads elsewhere.
    func appending(_ path: String) -> RemoteURL {
        let escaped =
            path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed.subtracting(CharacterSet(charactersIn: "%?#;")))
            ?? path
        func join(_ base: String) -> String { path.isEmpty ? base : base.hasSuffix("/") ? base + escaped : "\(base)/\(escaped)" }
        return RemoteURL(text: join(text), address: join(address), credentials: credentials)
    }
}

/// An absolute URL, parsed strictly: what two programs might read in two ways is refused.
///
/// Scheme `http`, `https` or `s3`; a host in letters, digits, dots and hyphens, or an IPv6 address in brackets; no user, no
/// fragment; a path without `.`, `..`, empty or encoded separators. No name is resolved: hosts are compared as
/// written, so that an address such as 169.254.169.254, which gives out a machine's credentials, is reached only if it is allowed by
/// name.
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

/// Why a reference is not followed. `description` is one line.
package struct ReferenceError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
