/// Why a document of the wire is refused. `description` is one line.
public enum WireError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The document is malformed, or a value in it is out of range; the message says where, expected, found.
    case invalid(String)

    public var description: String {
        switch self {
        case .invalid(let message): message
        }
    }
}

/// The body of every answer that is an error: `{"error": {"code", "message", "retryable"}}`.
public struct ErrorDocument: Codable, Hashable, Sendable {
    public struct Body: Codable, Hashable, Sendable {
        /// A stable word for programs, such as `not_found` or `busy`.
        public var code: String
        /// One line for people.
        public var message: String
        /// Whether the same request may succeed later or at another worker.
        public var retryable: Bool
    }

    public var error: Body

    public init(code: String, message: String, retryable: Bool) {
        error = Body(code: code, message: message, retryable: retryable)
    }
}
