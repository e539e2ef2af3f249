internal import HTTPTypes
internal import Primitives

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
        error(.badRequest, "bad_wait", "wait: expected at most one number of seconds from 0 to \(Patience.secondsMax)")
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

    static func badMandate(_ message: String) -> Reply { error(.badRequest, "bad_mandate", message) }

    static var superseded: Reply {
        error(.conflict, "superseded", "a newer coordinator of the same run has been heard")
    }

    static func unknownJob(_ id: ContentHash) -> Reply {
        error(.notFound, "unknown_job", "job \(id) is not known here: send it again", retryable: true)
    }
}
