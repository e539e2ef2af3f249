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

extension Reply {
    static func notFound(_ path: String) -> Reply {
        error(.notFound, "not_found", "expected a path of /openapi.json, found \"\(path.prefix(200))\"")
    }

    static func methodNotAllowed(_ route: Route) -> Reply {
        let methods = route.methods.map(\.rawValue).joined(separator: ", ")
        var reply = error(.methodNotAllowed, "method_not_allowed", "expected one of the methods \(methods)")
        reply.fields[.allow] = methods
        return reply
    }

    static var unauthorized: Reply {
        var reply = error(.unauthorized, "unauthorized", "expected the worker's bearer token")
        reply.fields[.wwwAuthenticate] = "Bearer realm=\"coppice-worker\""
        return reply
    }

    static func badName(_ what: String, _ found: String) -> Reply {
        error(.badRequest, "bad_name", "\(what): expected 64 lower-case hexadecimal digits, found \"\(found.prefix(80))\"")
    }

    static var badWait: Reply {
        error(.badRequest, "bad_wait", "wait: expected at most one number of seconds from 0 to \(WaitTimeout.secondsMax)")
    }

    static func unsupportedMediaType(_ expected: [String]) -> Reply {
        error(
            .unsupportedMediaType, "unsupported_media_type",
            "content-type: expected \(expected.joined(separator: " or "))")
    }

    static func refused(_ error: BodyError) -> Reply {
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

    static var busy: Reply {
        error(.tooManyRequests, "busy", "all slots and the queue are taken", retryable: true, retryAfterSeconds: 1)
    }

    static var noWorkspace: Reply {
        error(
            .tooManyRequests, "no_memory", "other jobs take the memory that this one computes in", retryable: true,
            retryAfterSeconds: 1)
    }

    static var draining: Reply {
        error(
            .serviceUnavailable, "draining", "the worker takes no new jobs", retryable: true, retryAfterSeconds: 10)
    }

    static var badDigest: Reply {
        error(.badRequest, "bad_digest", "content-digest: expected sha-256=:BASE64: of the body's SHA-256")
    }

    /// The body is not the one that its `Content-Digest` is of.
    static func damaged(_ found: ContentHash) -> Reply {
        error(
            .unprocessableContent, "damaged", "body: damaged on the way, found SHA-256 \(found): send it again", retryable: true)
    }

    static func badFencingToken(_ message: String) -> Reply { error(.badRequest, "bad_fencing_token", message) }

    static var superseded: Reply {
        error(.conflict, "superseded", "a newer coordinator of the same run has been heard")
    }

    static func unknownJob(_ id: ContentHash) -> Reply {
        error(.notFound, "unknown_job", "job \(id) is not known here: send it again", retryable: true)
    }
}
