import Foundation
internal import HTTPClient
internal import Primitives
internal import Protocol
import struct Synchronization.Atomic

/// Speaks the workers' HTTP interface, version 1, to one worker.
struct WorkerClient: WorkerConnection {
    /// Limits of the calls, apart from the time that a long poll asks for.
    struct Limits: Sendable {
        var connect: Duration = .seconds(5)
        /// For asking a worker what it is.
        var describe: Duration = .seconds(10)
        /// For calling off a job: whoever ends a run waits no longer than this for a worker that does not answer.
        var cancel: Duration = .seconds(2)
        /// On top of `wait` without a byte moving: a poll, a job, an upload.
        var silence: Duration = .seconds(20)
        /// The longest that a job may take to get across, on top of `wait`.
        var transfer: Duration = .seconds(60)
        /// The longest that a blob may take to get across.
        var upload: Duration = .seconds(1800)
        var resultBytesMax = 512 << 20
        /// The largest answer that is no result.
        var documentBytesMax = 16 << 20
    }

    private let base: String
    private let client: CurlClient
    private let limits: Limits
    private let authorization: [(name: String, value: String)]
    /// Whether jobs go with their hashes.
    private let sendsDigests: Bool
    /// Whether the worker has sent the hash of an answer.
    private let saysDigests = Once()

    /// - Parameter endpoint: its URL is `http(s)://host:port`, with or without a path below which the worker lives.
    init(_ endpoint: WorkerEndpoint, over client: CurlClient, limits: Limits = Limits()) {
        base = endpoint.url.hasSuffix("/") ? String(endpoint.url.dropLast()) : endpoint.url
        sendsDigests = !endpoint.isLocal
        self.client = client
        self.limits = limits
        authorization = endpoint.token.map { [("Authorization", "Bearer \($0)")] } ?? []
    }

    func describe() async throws(TransportError) -> DescribeAnswer {
        let request = self.request(.get, "/v1/worker", total: limits.describe, bytesMax: limits.documentBytesMax)
        let response = try await exchange(request)
        switch response.status {
        case 200:
            do {
                return .described(try WireJSON.decode(WorkerDescription.self, from: response.body))
            } catch {
                return .refused("expected a worker's description\(Self.through(response)): \(error)")
            }
        case 401, 403: return .unauthorized
        default: return .refused(Self.error(in: response).message)
        }
    }

    func submit(_ job: Data, wait: Duration, for token: FencingToken? = nil) async throws(TransportError) -> JobAnswer {
        var request = self.request(
            .post, "/v1/jobs?wait=\(wait.wholeSeconds)", total: wait + limits.transfer, bytesMax: limits.resultBytesMax)
        request.limits.silence = wait + limits.silence
        request.headers += Self.fencingFields(token)
        request.headers.append(("Content-Type", "application/json"))
        request.body = job
        // Without that, a job that was changed on its way would be another job, and its result would look like this one's.
        if sendsDigests { request.headers.append((Self.digestField, await Self.hash(job).digestField)) }
        return try Self.jobAnswer(await exchange(request))
    }

    func poll(_ id: ContentHash, wait: Duration, for token: FencingToken? = nil) async throws(TransportError) -> JobAnswer {
        var request = self.request(
            .get, "/v1/jobs/\(id)?wait=\(wait.wholeSeconds)", total: wait + limits.transfer,
            bytesMax: limits.resultBytesMax)
        request.limits.silence = wait + limits.silence
        request.headers += Self.fencingFields(token)
        return try Self.jobAnswer(await exchange(request))
    }

    func cancel(_ id: ContentHash, for token: FencingToken?) {
        var request = self.request(.delete, "/v1/jobs/\(id)", total: limits.cancel, bytesMax: limits.documentBytesMax)
        request.headers += Self.fencingFields(token)
        client.sendAndForget(request)
    }

    /// The fields that go with everything about jobs.
    private static func fencingFields(_ token: FencingToken?) -> [(name: String, value: String)] {
        token.map { [("Coppice-Run", $0.run), ("Coppice-Epoch", String($0.epoch))] } ?? []
    }

    func upload(_ blob: Data, as hash: ContentHash) async throws(TransportError) -> UploadAnswer {
        var request = self.request(
            .put, "/v1/blobs/\(hash)", total: limits.upload, bytesMax: limits.documentBytesMax)
        request.limits.silence = limits.silence + limits.transfer
        // Blocks of tables are binary.
        let isDocument = blob.first == UInt8(ascii: "{")
        request.headers.append(("Content-Type", isDocument ? "application/json" : "application/octet-stream"))
        request.body = blob
        let response = try await exchange(request)
        switch response.status {
        case 200..<300: return .stored
        case 401, 403: return .unauthorized
        case 429, 503: return .busy(retryAfter: Self.retryAfter(of: response))
        default: return .failed(Self.error(in: response))
        }
    }

    private func request(_ method: HTTPRequest.Method, _ path: String, total: Duration, bytesMax: Int) -> HTTPRequest {
        HTTPRequest(
            method: method, url: base + path, headers: authorization,
            limits: HTTPLimits(connect: limits.connect, total: total, bodyBytesMax: bytesMax))
    }

    /// Sends the request; an answer that is not as it was sent is no answer.
    private func exchange(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let response: HTTPResponse
        do {
            response = try await client.send(request)
        } catch {
            throw TransportError(error)
        }
        if let error = Self.refusal(response) { throw error }
        guard let field = response.headers[Self.digestField.lowercased()] else {
            // Workers of another make need not send it, and proxies answer in their own way. Of one that has sent it, a result without
            // it has lost it on the way.
            guard saysDigests.isSet, response.status == 200, !response.body.isEmpty else { return response }
            throw .damaged("expected \(Self.digestField), found none")
        }
        saysDigests.set()
        guard let expected = ContentHash(digestField: field) else { throw .damaged("\(Self.digestField): \(field.prefix(80))") }
        let found = await Self.hash(response.body)
        guard found == expected else { throw .damaged("expected SHA-256 \(expected), found \(found)") }
        // What the worker says of the request: as little a verdict on the job as damage on the way back.
        if response.status == 422, case let error = Self.error(in: response), error.code == "damaged" {
            throw .damaged(error.message)
        }
        return response
    }

    /// Something that has happened or not.
    private final class Once: Sendable {
        private let value = Atomic(false)

        var isSet: Bool { value.load(ordering: .relaxed) }

        func set() { value.store(true, ordering: .relaxed) }
    }

    private static let digestField = "Content-Digest"

    /// The hash of a body, which may be large, from where computing is allowed.
    private static func hash(_ body: Data) async -> ContentHash {
        if body.count > 1 << 14, let hash = try? await offload({ ContentHash(of: body) }) { return hash }
        return ContentHash(of: body)
    }

    private static func jobAnswer(_ response: HTTPResponse) throws(TransportError) -> JobAnswer {
        do {
            switch response.status {
            case 200: return .result(response.body)
            case 202: return .accepted(try WireJSON.decode(AcceptedDocument.self, from: response.body).id)
            case 401, 403: return .unauthorized
            case 404: return .forgotten
            // Otherwise called off by somebody: nothing is wrong with the job or the worker.
            case 409: return error(in: response).code == "superseded" ? .superseded : .busy(retryAfter: .zero)
            case 424: return .missing(try WireJSON.decode(MissingDocument.self, from: response.body).missing)
            case 429: return .busy(retryAfter: retryAfter(of: response))
            case 503:
                let isDraining = error(in: response).code == "draining"
                return isDraining ? .draining : .busy(retryAfter: retryAfter(of: response))
            default: return .failed(error(in: response))
            }
        } catch {
            throw .malformed("status \(response.status): \(error)")
        }
    }

    /// The worker's own words, or words for an answer that is none of a worker.
    private static func error(in response: HTTPResponse) -> ErrorDocument.Body {
        if let document = try? WireJSON.decode(ErrorDocument.self, from: response.body) {
            var body = document.error
            body.message = body.message.split(whereSeparator: \.isNewline).joined(separator: " ")
            return body
        }
        // What a proxy or a stranger says about a job is no verdict on it.
        let message = "expected a worker's answer, found status \(response.status)\(through(response))"
        return ErrorDocument(code: "unknown", message: message, retryable: true).error
    }

    /// What a proxy has to say about a worker that it will not lead to; nil for all else. A worker's own refusal is a document of errors.
    private static func refusal(_ response: HTTPResponse) -> TransportError? {
        guard let proxy = response.proxy, [401, 403, 407].contains(response.status),
            (try? WireJSON.decode(ErrorDocument.self, from: response.body)) == nil
        else { return nil }
        let what = response.status == 407 ? "asks for a user and a password (407)" : "answers \(response.status), not a worker"
        return .proxy("\(proxy) \(what); name the worker in no_proxy to reach it directly")
    }

    /// Names the proxy of an answer, if there is one.
    private static func through(_ response: HTTPResponse) -> String { response.proxy.map { " from \($0)" } ?? "" }

    /// Seconds in `Retry-After`, or 1 s.
    private static func retryAfter(of response: HTTPResponse) -> Duration {
        guard let seconds = response.headers["retry-after"].flatMap(Double.init), (0...3600).contains(seconds) else {
            return .seconds(1)
        }
        return .milliseconds(Int(seconds * 1000))
    }
}

extension Duration {
    /// Rounded down.
    fileprivate var wholeSeconds: Int { Int(components.seconds) }
}
