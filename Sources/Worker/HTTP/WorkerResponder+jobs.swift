internal import HTTPServing
internal import HTTPTypes
internal import Hummingbird
internal import Primitives
internal import Protocol

extension WorkerResponder {
    /// `POST /v1/jobs?wait=SECONDS`
    func postJob(_ request: Request) async -> Reply {
        guard let waitTimeout = WaitTimeout.parse(query: request.uri.query) else { return .badWait }
        let token: FencingToken?
        do { token = try FencingToken(request.headers) } catch { return .badFencingToken(error.message) }
        // Said before the body is read; said again when it is, because that takes time.
        if engine.isSuperseded(token) { return .superseded }
        let digest = request.headers[.contentDigest].map(ContentHash.init(digestField:))
        if case .some(nil) = digest { return .badDigest }
        switch await gather(request, bytesMax: limits.jobBodyBytes, types: ["application/json"]) {
        case .failure(let refusal):
            return refusal.reply
        case .success(let body):
            switch await engine.submit(body, sentAs: digest ?? nil, for: token, waitTimeout: waitTimeout) {
            case .known(let id, let reply): return answer(id, reply)
            case .missing(let hashes):
                return .document(.init(code: 424, reasonPhrase: "Failed Dependency"), MissingDocument(missing: hashes))
            case .full: return .busy
            case .noRoom: return .noWorkspace
            case .tooLarge(let byteCount, let bytesMax):
                return .error(
                    .contentTooLarge, "too_large",
                    "job: expected one that computes in at most \(bytesMax) bytes, found \(byteCount): send smaller tiles, or "
                        + "give the worker more --memory")
            case .draining: return .draining
            case .superseded: return .superseded
            case .damaged(let found): return .damaged(found)
            case .malformed(let message): return .error(.badRequest, "malformed", message)
            case .invalid(let message): return .error(.unprocessableContent, "invalid_job", message)
            }
        }
    }

    /// `GET /v1/jobs/{id}?wait=SECONDS`
    func getJob(_ text: String, _ request: Request) async -> Reply {
        guard let id = ContentHash(hex: text) else { return .badName("id", text) }
        guard let waitTimeout = WaitTimeout.parse(query: request.uri.query) else { return .badWait }
        if let refusal = refusal(request, about: id) { return refusal }
        return answer(id, await engine.reply(to: id, waitTimeout: waitTimeout))
    }

    /// `DELETE /v1/jobs/{id}`
    func deleteJob(_ text: String, _ request: Request) -> Reply {
        guard let id = ContentHash(hex: text) else { return .badName("id", text) }
        if let refusal = refusal(request, about: id) { return refusal }
        return engine.cancel(id) ? .empty(.noContent) : .unknownJob(id)
    }

    /// Takes note of whose request it is; says why it is not answered.
    private func refusal(_ request: Request, about id: ContentHash) -> Reply? {
        do {
            return engine.admit(try FencingToken(request.headers), about: id) ? nil : .superseded
        } catch {
            return .badFencingToken(error.message)
        }
    }

    private func answer(_ id: ContentHash, _ reply: JobReply<JobOutcome>) -> Reply {
        switch reply {
        case .finished(.result(let document, let hash)): .json(.ok, document, hash)
        case .finished(.invalid(let message)): .error(.unprocessableContent, "invalid_job", message)
        case .pending: .document(.accepted, AcceptedDocument(id: id))
        case .cancelled: .error(.conflict, "cancelled", "job \(id) was called off", retryable: true)
        case .released: .draining
        case .unknown: .unknownJob(id)
        }
    }
}
