internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Primitives
internal import Projects

extension AnnotatorResponder {
    /// Operations that are read from the log at a time.
    private static let operationsAtOnce = 256
    /// Bytes that are gathered before they are written.
    private static let writtenBytes = 256 << 10
    private static let heartbeatPeriod = Duration.seconds(10)

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
            // Only now: a head that could not be sent has no stream behind it.
            guard let client = project.hub.open(id) else { return try await writer.finish(nil) }
            do {
                try await body.consumeWithCancellationOnInboundClose { _ in
                    try await withThrowingTaskGroup { group in
                        group.addTask { await self.relayLive(to: client) }
                        group.addTask { await Self.beat(for: client) }
                        try await self.send(to: client, since: since, &writer)
                        group.cancelAll()
                    }
                }
                await self.end(client)
                try await writer.finish(nil)
            } catch {
                await self.end(client)
                throw error
            }
        }
        return answer
    }

    /// Sends operations, and what else waits, until the stream is closed.
    private func send(to client: StreamClient, since: Int, _ writer: inout any ResponseBodyWriter) async throws {
        let store = project.store
        let hello = HelloMessage(client: client.id, sequence: store.state.sequence, version: Coppice.version)
        var buffer = ByteBuffer()
        StreamFrame(hello).write(to: &buffer)
        var sent = since
        client.ring()
        for await _ in client.rings {
            while true {
                // Operations come first: whatever else is said is of a state that the client then knows.
                if store.state.sequence > sent {
                    let operations = store.operations(after: sent, limit: Self.operationsAtOnce)
                    for operation in operations {
                        StreamFrame(operation: operation.document).write(to: &buffer)
                        sent = operation.sequence
                    }
                    if operations.isEmpty { break }
                } else if let frame = client.next() {
                    frame.write(to: &buffer)
                } else {
                    break
                }
                if buffer.readableBytes >= Self.writtenBytes {
                    try await writer.write(buffer)
                    buffer = ByteBuffer()
                }
            }
            if buffer.readableBytes > 0 {
                try await writer.write(buffer)
                buffer = ByteBuffer()
            }
        }
    }

    private static func beat(for client: StreamClient) async {
        while (try? await Task.sleep(for: heartbeatPeriod)) != nil {
            client.add(StreamFrame(HeartbeatMessage()), about: .latest(type: "heartbeat"))
        }
    }

    /// Hands on what the live session says, until it ends or the task is cancelled.
    private func relayLive(to client: StreamClient) async {
        for await signal in await project.live.signals(for: client.id) {
            switch signal {
            case .state(let state): client.add(StreamFrame(Message(state)), about: .latest(type: "state"))
            case .tile(let tile, let bytes):
                let place = StreamQueue.TilePlace(
                    tab: tile.tab, image: tile.image, z: tile.z, t: tile.t, kind: tile.kind, level: tile.level,
                    column: tile.column, row: tile.row)
                client.add(StreamFrame(Message(tile), bytes: bytes), about: .tile(place), revision: tile.revision)
            case .viewComplete(let view):
                client.add(StreamFrame(Message(view)), about: .view(tab: view.tab), revision: view.revision)
            case .report(let report): client.add(StreamFrame(Message(report)), about: .latest(type: "report"))
            case .trouble(let message): client.add(event: StreamFrame(TroubleMessage(message: message)))
            }
        }
    }

    /// A document and its type, side by side.
    private struct Message<Document: Encodable & StreamDocument>: Encodable {
        let document: Document

        init(_ document: Document) { self.document = document }

        enum CodingKeys: CodingKey { case type }

        func encode(to encoder: any Encoder) throws {
            try document.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(Document.messageType, forKey: .type)
        }
    }

    private func end(_ client: StreamClient) async {
        client.close()
        // A client that is back already keeps its views.
        if project.hub.remove(client) { await project.live.removeClient(client.id) }
    }

    /// `PUT /api/v1/stream/{client}/views/{tab}`
    func setView(_ route: Route, _ request: Request) async throws -> Answer {
        let (id, tab) = (try Self.uuid(route[0], "client"), try Self.uuid(route[1], "tab"))
        let view = try await body(ViewDocument.self, of: request, bytesMax: 64 << 10)
        try view.check()
        _ = try project.images.entry(view.image)
        guard let client = project.hub.client(id) else {
            throw Refusal(.conflict, "no_stream", "client \(id) has no stream: open one first", retryable: true)
        }
        client.removeView(of: tab)
        try await project.live.setView(view, of: id, tab: tab)
        return .empty(.accepted)
    }

    /// `DELETE /api/v1/stream/{client}/views/{tab}`
    func removeView(_ route: Route) async -> Answer {
        project.hub.client(route[0])?.removeView(of: route[1])
        await project.live.removeView(of: route[0], tab: route[1])
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

/// A document that is a message of the stream.
protocol StreamDocument {
    static var messageType: String { get }
}

extension StateDocument: StreamDocument { static var messageType: String { "state" } }
extension TileDocument: StreamDocument { static var messageType: String { "tile" } }
extension ViewCompleteDocument: StreamDocument { static var messageType: String { "view" } }
extension ReportDocument: StreamDocument { static var messageType: String { "report" } }
