internal import Foundation
internal import HTTPServing
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Primitives
internal import Projects

/// The annotator's whole HTTP surface: `openapi.json` in Swift.
///
/// Runs on the cooperative pool and only moves bytes; whatever takes long happens elsewhere.
struct AnnotatorResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    let project: ServedProject
    let origin: RequestOrigin

    func respond(to request: Request, context: Context) async -> Response {
        await answer(to: request).response(to: request)
    }

    private func answer(to request: Request) async -> Answer {
        let route = Route(path: request.uri.path)
        do {
            if let refusal = origin.refusal(of: request, for: route?.endpoint) { throw refusal }
            if route?.endpoint.isPublic != true, let token = project.token, !token.isCarried(by: request) {
                throw Refusal.unauthorized
            }
            guard let route else { throw Refusal.notFound(request.uri.path) }
            let method = request.method == .head ? .get : request.method
            guard route.endpoint.methods.contains(method) else { throw Refusal.methodNotAllowed(route.endpoint) }
            return try await answer(method, route, request)
        } catch let refusal as Refusal {
            return refusal.answer
        } catch {
            return Refusal(classifying: error).answer
        }
    }

    private func answer(_ method: HTTPRequest.Method, _ route: Route, _ request: Request) async throws -> Answer {
        switch (route.endpoint, method) {
        case (.start, _): try startPage(request)
        case (.pageFile, _): try pageFile(route[0], request)
        case (.openAPI, _): .bytes(.ok, PageFiles.openAPI, type: "application/json")
        case (.login, _): try await login(request)
        case (.project, _): try await describeProject(request)
        case (.operations, .post): try await append(request)
        case (.operations, _): try await operations(request)
        case (.image, _): try await describe(image: route[0])
        case (.imageMatch, _): try await match(image: route[0], request)
        case (.shapes, _): try await shapes(of: route[0], request)
        case (.tile, _): try await tile(route, request)
        case (.histogram, _): try await histogram(of: route[0], request)
        case (.values, _): try await values(of: route[0], request)
        case (.labels, _): try await labels(route, request)
        case (.annotations, .post): try await importAnnotations(route[0], request)
        case (.annotations, _): try await exportAnnotations(route[0], request)
        case (.stream, _): try await stream(request)
        case (.view, .delete): await removeView(route)
        case (.view, _): try await setView(route, request)
        case (.live, _): try await setLive(request)
        case (.update, _): await update()
        case (.report, .post): try await estimate(request)
        case (.report, _): await report()
        case (.uncertain, _): try await uncertainPlace(request)
        case (.models, _): try models()
        case (.model, _): try await model(route[0])
        case (.modelRestore, _): try await restoreModel(route[0])
        case (.modelKeep, _): try await keepModel(route[0], request)
        case (.uploads, _): try await upload(request)
        case (.folders, _): try await folder(request)
        case (.runs, .post): try await beginRun(request)
        case (.runs, _): await listRuns()
        case (.run, .delete): try await cancelRun(route[0])
        case (.run, _): try await describeRun(route[0])
        case (.runAgain, _): try await beginRunAgain(route[0])
        case (.runFile, _): try await runFile(route[0], route[1])
        case (.workers, _): .document(.ok, await project.workers())
        case (.clientFiles, _): listClientFiles()
        case (.clientFile, .put): try await putClientFile(route[0], request)
        case (.clientFile, .delete): try removeClientFile(route[0])
        case (.clientFile, _): try clientFile(route[0])
        case (.train, _): await train(request)
        case (.segment, _): await segment(request)
        case (.predict, _): await predict(request)
        case (.evaluate, _): await evaluate(request)
        case (.objects, _): await findObjects(request)
        case (.backup, _): try await backup(request)
        case (.export, _): try await export(request)
        }
    }

    /// The person who asks, known by a cookie.
    ///
    /// - Throws: `Refusal` without the cookie, which comes with the page.
    func person(of request: Request) throws -> Person {
        guard let id = request.cookie(OwnCookie.personName), UUID(uuidString: id) != nil else {
            throw Refusal(
                .forbidden, "no_person",
                "cookie \(OwnCookie.personName): expected the id that comes with the page; load the page first")
        }
        return try project.person(id.lowercased())
    }

    /// A JSON body.
    func body<Document: Decodable>(_ type: Document.Type, of request: Request, bytesMax: Int = 1 << 20) async throws -> Document {
        try AnnotatorJSON.decode(type, try await bytes(of: request, bytesMax: bytesMax).bytes)
    }

    /// A whole body, which is in memory as long as its owner holds it.
    func bytes(of request: Request, bytesMax: Int) async throws -> GatheredBody {
        do throws(BodyError) {
            return try await request.gatherBody(bytesMax: bytesMax, budget: project.budget)
        } catch {
            switch error {
            case .tooLarge(let bytesMax):
                throw Refusal(.contentTooLarge, "too_large", "body: expected at most \(bytesMax) bytes")
            case .noRoom:
                throw Refusal(
                    .tooManyRequests, "busy", "the memory for request bodies is taken", retryable: true, retryAfterSeconds: 1)
            case .incomplete:
                throw Refusal(.badRequest, "incomplete", "body: the connection broke before its end", retryable: true)
            }
        }
    }
}

extension Refusal {
    static func notFound(_ path: String) -> Refusal {
        Refusal(.notFound, "not_found", "expected a path of /openapi.json, found \"\(path.prefix(200))\"")
    }

    static func methodNotAllowed(_ endpoint: Endpoint) -> Refusal {
        let methods = endpoint.methods.map(\.rawValue).joined(separator: ", ")
        var answer = Answer.error(.methodNotAllowed, "method_not_allowed", "expected one of the methods \(methods)")
        answer.fields[.allow] = methods
        return Refusal(answer)
    }

    static var unauthorized: Refusal {
        var answer = Answer.error(
            .unauthorized, "unauthorized", "expected the server's token: log in, or send it as a bearer token")
        answer.fields[.wwwAuthenticate] = "Bearer realm=\"coppice\""
        return Refusal(answer)
    }
}
