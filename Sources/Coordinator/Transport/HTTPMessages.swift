import Foundation

/// One HTTP request and the limits that it is under.
struct HTTPRequest: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case put = "PUT"
        case post = "POST"
        case delete = "DELETE"
    }

    var method: Method
    /// An absolute `http` or `https` URL.
    var url: String
    /// Sent as they are, in this order. They may hold a token: never to be logged.
    var headers: [(name: String, value: String)] = []
    /// Sent with its length. Not copied as a whole.
    var body: Data?
    var limits = HTTPLimits()
}

/// Limits of one exchange.
struct HTTPLimits: Sendable {
    var connect: Duration = .seconds(5)
    /// From the first byte of the connection attempt to the last one of the answer.
    var total: Duration = .seconds(60)
    /// Without a single byte in either direction for this long, the exchange is given up. Longer than a long poll.
    var silence: Duration?
    /// The largest body of an answer, in bytes.
    var bodyBytesMax = 512 << 20
}

/// The answer to a request, whatever its status.
struct HTTPResponse: Sendable {
    var status: Int
    /// By lower-case name; of repeated headers, the last.
    var headers: [String: String]
    var body: Data
}

/// Why there is no answer. `description` is one line and holds no header.
enum TransportError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No connection came about; the request was not delivered.
    case cannotConnect(String)
    /// One side does not accept the other's certificate, and never will.
    case untrusted(String)
    /// The connection broke after it had been made. The request may have been acted on.
    case connectionLost(String)
    /// A limit of time passed after the connection had been made.
    case timedOut(String)
    /// The answer is larger than allowed.
    case tooLarge(String)
    /// The answer is not as the worker sent it, or the request not as it was sent. It may have been acted on.
    case damaged(String)
    /// The answer is not what it should be.
    case malformed(String)
    /// The surrounding task was cancelled.
    case cancelled
    /// The request itself cannot be made, such as for a malformed URL.
    case unusable(String)

    var description: String {
        switch self {
        case .cannotConnect(let detail): "cannot connect: \(detail)"
        case .untrusted(let detail): detail
        case .connectionLost(let detail): "connection lost: \(detail)"
        case .timedOut(let detail): "timed out: \(detail)"
        case .tooLarge(let detail): "answer too large: \(detail)"
        case .damaged(let detail): "damaged on the way: \(detail)"
        case .malformed(let detail): "malformed answer: \(detail)"
        case .cancelled: "cancelled"
        case .unusable(let detail): detail
        }
    }
}
