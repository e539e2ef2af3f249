internal import Foundation
internal import HTTPTypes
internal import Hummingbird

extension AnnotatorResponder {
    /// `GET /api/v1/stream?client={uuid}&since={sequence}`: lives until the client goes, lags too far, or the server ends.
    func stream(_ request: Request) async throws -> Answer {
        let query = try Query(request.uri.query)
        let id = try Self.uuid(try query.text("client"), "client")
        let since = try query.number("since") ?? 0
        guard project.hub.hasRoom(for: id) else {
            throw Refusal(
                .serviceUnavailable, "too_many_streams", "the server ends, or serves \(StreamHub.clientsMax) streams already",
                retryable: true, retryAfterSeconds: 5)
        }
        let body = request.body
        var answer = Answer(status: .ok, fields: [.contentType: "application/octet-stream"])
        // Proxies should not gather what is to arrive at once.
        answer.fields[.ownName("X-Accel-Buffering")] = "no"
        answer.body = .stream(byteCount: nil) { writer in
            try await body.consumeWithCancellationOnInboundClose { _ in
                // Only now: a head that could not be sent has no stream behind it.
                guard let client = project.hub.open(id) else { return }
                try await ServedStream(project: project, client: client).send(since: since) { try await writer.write($0) }
            }
            try await writer.finish(nil)
        }
        return answer
    }

    /// `PUT /api/v1/stream/{client}/views/{tab}`
    func setView(_ route: Route, _ request: Request) async throws -> Answer {
        let (id, tab) = (try Self.uuid(route[0], "client"), try Self.uuid(route[1], "tab"))
        let view = try await body(ViewDocument.self, of: request, bytesMax: 64 << 10)
        try view.check()
        _ = try project.images.entry(view.image)
        try await project.show(view, of: id, tab: tab)
        return .empty(.accepted)
    }

    /// `DELETE /api/v1/stream/{client}/views/{tab}`
    func removeView(_ route: Route) async -> Answer {
        await project.removeView(of: route[0], tab: route[1])
        return .empty(.noContent)
    }

    /// A UUID in lower case.
    static func uuid(_ text: String, _ name: String) throws(Refusal) -> String {
        guard text.utf8.count == 36, UUID(uuidString: text) != nil else {
            throw .badRequest("\(name): expected a UUID, found \"\(text.prefix(40))\"")
        }
        return text.lowercased()
    }
}
