internal import Foundation
internal import HTTPClient

/// Where an object lies that is read over HTTP: `http://…`, `https://…`, or `s3://bucket/key`.
///
/// Of S3, the address is `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`, else Amazon's of the region `AWS_REGION` or `AWS_DEFAULT_REGION`
/// (`us-east-1`); buckets are named in the path. Requests are signed with `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, and
/// `AWS_SESSION_TOKEN` if there is one; without a key they are not.
struct RemoteURL: Hashable, Sendable {
    /// As the user wrote it.
    let text: String
    /// What is asked for.
    let address: String
    /// Nil for requests that are not signed.
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
