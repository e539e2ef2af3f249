internal import HTTPServing
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Primitives
internal import Protocol

/// The worker's whole HTTP surface: `openapi.json` in Swift.
///
/// Runs on the cooperative pool and only moves bytes; whatever takes long is the engine's, on threads of its own.
struct WorkerResponder<Load: Workload>: HTTPResponder {
    typealias Context = BasicRequestContext

    let engine: JobEngine<Load>
    let limits: WorkerLimits
    let budget: BodyBudget
    let requests = RequestClock()
    /// Nil: everybody may ask everything.
    let token: BearerToken?
    /// Instruction sets of the processor, told by `GET /v1/worker`.
    let cpu: [String]

    init(engine: JobEngine<Load>, limits: WorkerLimits, token: BearerToken?, cpu: [String]) {
        self.engine = engine
        self.limits = limits
        self.token = token
        self.cpu = cpu
        budget = BodyBudget(bytesMax: limits.bodyBytes)
    }

    func respond(to request: Request, context: Context) async -> Response {
        let reply = await requests.during { await self.reply(to: request) }
        let response = reply.response(to: request.method)
        engine.metrics.countResponse(status: reply.status.code, bodyBytes: response.body.contentLength ?? 0)
        return response
    }

    private func reply(to request: Request) async -> Reply {
        let route = Route(path: request.uri.path)
        if route?.isPublic != true, let token, !token.isCarried(by: request.headers[.authorization]) { return .unauthorized }
        guard let route else { return .notFound(request.uri.path) }
        guard route.methods.contains(request.method) else { return .methodNotAllowed(route.methods) }
        switch (route, request.method) {
        case (.live, _): return .document(.ok, ["status": "live"])
        case (.ready, _): return engine.isDraining ? .draining : .document(.ok, ["status": "ready"])
        case (.metrics, _): return metrics
        case (.openAPI, _): return .json(.ok, ByteBuffer(bytes: OpenAPIDocument.bytes))
        case (.worker, _): return .document(.ok, description)
        case (.blob(let name), .put): return await putBlob(name, request)
        case (.blob(let name), _): return headBlob(name)
        case (.jobs, _): return await postJob(request)
        case (.job(let id), .delete): return deleteJob(id, request)
        case (.job(let id), _): return await getJob(id, request)
        case (.drain, _):
            engine.drain()
            return .document(.accepted, ["status": "draining"])
        }
    }

    private var metrics: Reply {
        Reply(
            status: .ok, fields: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ByteBuffer(string: engine.exposition))
    }

    private var description: WorkerDescription {
        let now = engine.snapshot
        return WorkerDescription(
            version: Coppice.version, slots: limits.slots, memory: limits.memory, cpu: cpu, blobs: now.blobs,
            draining: now.isDraining)
    }

    /// The request's body, or the answer that refuses it.
    func gather(_ request: Request, bytesMax: Int, types: [String]) async -> Result<GatheredBody, Refusal> {
        if let type = request.mediaType, !types.contains(type) { return .failure(Refusal(reply: .unsupportedMediaType(types))) }
        do {
            let body = try await request.gatherBody(bytesMax: bytesMax, budget: budget)
            engine.metrics.countRequestBody(bytes: body.bytes.count)
            return .success(body)
        } catch {
            return .failure(Refusal(reply: .refused(error)))
        }
    }

    /// An answer in an error's clothes.
    struct Refusal: Error {
        let reply: Reply
    }
}
