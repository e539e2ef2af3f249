internal import HTTPClient

/// Why a worker gave no answer. `description` is one line and holds no header.
enum TransportError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No connection came about; the request was not delivered.
    case cannotConnect(String)
    /// One side does not accept the other's certificate, and never will.
    case untrusted(String)
    /// A proxy answers in the worker's place, and always will.
    case proxy(String)
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

    /// What a failed exchange means between a coordinator and a worker, in the words of the command line.
    init(_ error: HTTPError) {
        let detail = error.detail
        self =
            switch error.kind {
            case .cannotConnect: .cannotConnect(detail)
            case .peerUntrusted: .untrusted("the worker's certificate is not trusted: \(detail)")
            case .authorityUnusable: .untrusted("--tls-ca cannot be used: \(detail)")
            case .identityUnusable: .untrusted("--tls-cert and --tls-key cannot be used together: \(detail)")
            case .identityRefused: .untrusted("the worker does not accept our certificate (--tls-cert): \(detail)")
            case .notTLS: .untrusted("expected https, found a worker that speaks something else: \(detail)")
            case .connectionLost: .connectionLost(detail)
            case .timedOut: .timedOut(detail)
            case .tooLarge: .tooLarge(detail)
            case .malformed: .malformed(detail)
            case .cancelled: .cancelled
            case .unusable: .unusable(detail)
            }
    }

    var description: String {
        switch self {
        case .cannotConnect(let detail): "cannot connect: \(detail)"
        case .untrusted(let detail), .proxy(let detail): detail
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
