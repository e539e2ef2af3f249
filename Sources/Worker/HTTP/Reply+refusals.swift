internal import HTTPTypes
internal import HTTPServing
internal import Primitives

/// What a worker answers to requests that it does not do.
extension Reply {
    static func notFound(_ path: String) -> Reply {
        error(.notFound, "not_found", "expected a path of /openapi.json, found \"\(path.prefix(200))\"")
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
