/// Why a document of the wire is refused. `description` is one line.
package enum WireError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The document is malformed, or a value in it is out of range; the message says where, expected, found.
    case invalid(String)

    package var description: String {
        switch self {
        case .invalid(let message): message
        }
    }
}

/// The body of every answer that is an error: `{"error": {"code", "message", "retryable"}}`.
package struct ErrorDocument: Codable, Hashable, Sendable {
    package struct Body: Codable, Hashable, Sendable {
        /// A stable word for programs, such as `not_found` or `busy`.
        package var code: String
        /// One line for people.
        package var message: String
        /// Whether the same request may succeed later or at another worker.
        package var retryable: Bool
    }

    package var error: Body

    package init(code: String, message: String, retryable: Bool) {
        error = Body(code: code, message: message, retryable: retryable)
    }
}
