internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Primitives
internal import Protocol

/// An answer in the making: status, fields, and a body of known length.
struct Reply: Sendable {
    var status: HTTPResponse.Status
    var fields: HTTPFields = [:]
    var body = ByteBuffer()

    /// An answer without a body.
    static func empty(_ status: HTTPResponse.Status) -> Reply { Reply(status: status) }

    /// JSON that has been made before.
    ///
    /// - Parameter hash: of the body, if it is known: large bodies are hashed where they are made.
    static func json(_ status: HTTPResponse.Status, _ body: ByteBuffer, _ hash: ContentHash? = nil) -> Reply {
        var reply = Reply(status: status, fields: [.contentType: "application/json"], body: body)
        reply.fields[.contentDigest] = hash?.digestField
        return reply
    }

    /// A small document.
    static func document(_ status: HTTPResponse.Status, _ document: some Encodable) -> Reply {
        do {
            return json(status, ByteBuffer(bytes: try WireJSON.encode(document)))
        } catch {
            preconditionFailure("a document without numbers and keys of its own cannot fail to encode: \(error)")
        }
    }

    /// An error, with its code for programs and its line for people.
    ///
    /// - Parameter retryAfterSeconds: when to come back; nil unless coming back helps.
    static func error(
        _ status: HTTPResponse.Status, _ code: String, _ message: String, retryable: Bool = false, retryAfterSeconds: Int? = nil
    ) -> Reply {
        var reply = document(status, ErrorDocument(code: code, message: message, retryable: retryable))
        if let retryAfterSeconds { reply.fields[.retryAfter] = String(retryAfterSeconds) }
        return reply
    }

    /// The answer as the server sends it; a HEAD request's has no body.
    func response(to method: HTTPRequest.Method) -> Response {
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
    static let contentDigest = {
        guard let name = HTTPField.Name("Content-Digest") else { preconditionFailure("a name of letters and a hyphen") }
        return name
    }()
}
