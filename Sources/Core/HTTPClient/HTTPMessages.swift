package import Foundation

/// One HTTP request and the limits that it is under.
package struct HTTPRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case put = "PUT"
        case post = "POST"
        case delete = "DELETE"
    }

    /// The bytes of an object that are asked for.
    package enum ByteRange: Sendable {
        /// `count` bytes from `offset` on; `count` is at least 1.
        case from(offset: Int, count: Int)
        /// The last bytes, at least 1.
        case last(Int)
    }

    /// The keys with which requests to S3 are signed (AWS Signature Version 4).
    package struct Credentials: Hashable, Sendable {
        package let region: String
        package let key: String
        package let secret: String
        package let session: String?

        package init(region: String, key: String, secret: String, session: String?) {
            (self.region, self.key, self.secret, self.session) = (region, key, secret, session)
        }
    }

    package var method: Method
    /// An absolute `http` or `https` URL.
    package var url: String
    /// Sent as they are, in this order. They may hold a token: never to be logged.
    package var headers: [(name: String, value: String)]
    /// Sent with its length. Not copied as a whole.
    package var body: Data?
    /// Nil for the whole object.
    package var range: ByteRange?
    /// Nil for a request that is not signed. A signed request has no body.
    package var credentials: Credentials?
    package var limits: HTTPLimits

    package init(
        method: Method, url: String, headers: [(name: String, value: String)] = [], body: Data? = nil, range: ByteRange? = nil,
        credentials: Credentials? = nil, limits: HTTPLimits = HTTPLimits()
    ) {
        (self.method, self.url, self.headers, self.body) = (method, url, headers, body)
        (self.range, self.credentials, self.limits) = (range, credentials, limits)
    }
}

/// Limits of one exchange.
package struct HTTPLimits: Sendable {
    package var connect: Duration
    /// From the first byte of the connection attempt to the last one of the answer.
    package var total: Duration
    /// Without a single byte in either direction for this long, the exchange is given up. Longer than a long poll.
    package var silence: Duration?
    /// The largest body of an answer, in bytes.
    package var bodyBytesMax: Int

    package init(
        connect: Duration = .seconds(5), total: Duration = .seconds(60), silence: Duration? = nil, bodyBytesMax: Int = 512 << 20
    ) {
        (self.connect, self.total, self.silence, self.bodyBytesMax) = (connect, total, silence, bodyBytesMax)
    }
}

/// The answer to a request, whatever its status.
package struct HTTPResponse: Sendable {
    package var status: Int
    /// By lower-case name; of repeated headers, the last.
    package var headers: [String: String]
    package var body: Data
    /// The proxy through which the answer came, or whose it is: the two cannot be told apart. Nil where nobody stands between.
    package var proxy: HTTPProxy?

    package init(status: Int, headers: [String: String], body: Data, proxy: HTTPProxy? = nil) {
        (self.status, self.headers, self.body, self.proxy) = (status, headers, body, proxy)
    }
}

/// Why there is no answer.
package struct HTTPError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// No connection came about; the request was not delivered.
        case cannotConnect
        /// The server's certificate is not of an authority that is trusted.
        case peerUntrusted
        /// The file of authorities cannot be used.
        case authorityUnusable
        /// Our certificate and key cannot be used together.
        case identityUnusable
        /// The server does not accept our certificate.
        case identityRefused
        /// What answers under an `https` URL does not speak TLS.
        case notTLS
        /// The connection broke after it had been made. The request may have been acted on.
        case connectionLost
        /// A limit of time passed after the connection had been made.
        case timedOut
        /// The answer is larger than allowed.
        case tooLarge
        /// The answer is not HTTP.
        case malformed
        /// The surrounding task was cancelled, or the flag was raised.
        case cancelled
        /// The request itself cannot be made, such as for a malformed URL.
        case unusable
    }

    package let kind: Kind
    /// One line without any header, with names and numbers of this exchange.
    package let detail: String
    /// One line that is the same for all failures of the sort.
    package let summary: String
    /// The status of the answer, if its head has come.
    package var status: Int?
    /// Bytes of the answer's body that have come.
    package var bodyByteCount = 0

    init(_ kind: Kind, _ detail: String, summary: String? = nil) {
        (self.kind, self.detail, self.summary) = (kind, detail, summary ?? detail)
    }

    static let cancelled = HTTPError(.cancelled, "cancelled")

    package var description: String { detail }
}
