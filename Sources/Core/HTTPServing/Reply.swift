internal import Foundation
package import HTTPTypes
package import HummingbirdCore
package import NIOCore
package import Primitives
internal import Protocol

/// An answer in the making: status, fields, and a body of known length.
package struct Reply: Sendable {
    package var status: HTTPResponse.Status
    package var fields: HTTPFields
    package var body: ByteBuffer

    package init(status: HTTPResponse.Status, fields: HTTPFields = [:], body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// An answer without a body.
    package static func empty(_ status: HTTPResponse.Status) -> Reply { Reply(status: status) }

    /// JSON that has been made before.
    ///
    /// - Parameter hash: of the body, if it is known: large bodies are hashed where they are made.
    package static func json(_ status: HTTPResponse.Status, _ body: ByteBuffer, _ hash: ContentHash? = nil) -> Reply {
        var reply = Reply(status: status, fields: [.contentType: "application/json"], body: body)
        reply.fields[.contentDigest] = hash?.digestField
        return reply
    }

    /// A small document.
    package static func document(_ status: HTTPResponse.Status, _ document: some Encodable) -> Reply {
        do {
            return json(status, ByteBuffer(bytes: try WireJSON.encode(document)))
        } catch {
            preconditionFailure("a document without numbers and keys of its own cannot fail to encode: \(error)")
        }
    }

    /// An error, with its code for programs and its line for people.
    ///
    /// - Parameter retryAfterSeconds: when to come back; nil unless coming back helps.
    package static func error(
        _ status: HTTPResponse.Status, _ code: String, _ message: String, retryable: Bool = false, retryAfterSeconds: Int? = nil
    ) -> Reply {
        var reply = document(status, ErrorDocument(code: code, message: message, retryable: retryable))
        if let retryAfterSeconds { reply.fields[.retryAfter] = String(retryAfterSeconds) }
        return reply
    }

    /// The answer as the server sends it; a HEAD request's has no body.
    package func response(to method: HTTPRequest.Method) -> Response {
        var fields = fields
        fields[.cacheControl] = "no-store"
        if body.readableBytes > 0, fields[.contentDigest] == nil {
            fields[.contentDigest] = ContentHash(of: Data(body.readableBytesView)).digestField
        }
        if method == .head {
            fields[.contentType] = nil
            fields[.contentDigest] = nil
            return Response(status: status, headers: fields)
        }
        return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: body))
    }
}

extension HTTPField.Name {
    /// RFC 9530.
    package static let contentDigest = {
        guard let name = HTTPField.Name("Content-Digest") else { preconditionFailure("a name of letters and a hyphen") }
        return name
    }()
}

extension Reply {
    /// The path does not have the method.
    package static func methodNotAllowed(_ methods: [HTTPRequest.Method]) -> Reply {
        let methods = methods.map(\.rawValue).joined(separator: ", ")
        var reply = error(.methodNotAllowed, "method_not_allowed", "expected one of the methods \(methods)")
        reply.fields[.allow] = methods
        return reply
    }

    /// The body is of none of the media types `expected`.
    package static func unsupportedMediaType(_ expected: [String]) -> Reply {
        error(
            .unsupportedMediaType, "unsupported_media_type",
            "content-type: expected \(expected.joined(separator: " or "))")
    }

    /// The body was not gathered.
    package static func refused(_ error: BodyError) -> Reply {
        switch error {
        case .tooLarge(let bytesMax):
            .error(.contentTooLarge, "too_large", "body: expected at most \(bytesMax) bytes")
        case .noRoom:
            .error(
                .tooManyRequests, "busy", "the memory for request bodies is taken", retryable: true, retryAfterSeconds: 1)
        case .incomplete:
            .error(.badRequest, "incomplete", "body: the connection broke before its end", retryable: true)
        }
    }
}
