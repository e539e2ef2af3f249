internal import NIOCore
internal import Primitives
internal import Projects

/// One stream, from its greeting to its end: every operation in its order, and what else is said meanwhile.
///
/// The live session knows a stream by its key, which no other stream has: the end of one takes away only what is its own, whether its client
/// has come back by then or not.
struct ServedStream {
    let project: ServedProject
    let client: StreamClient

    /// Operations that are read from the log at a time.
    private static let operationsAtOnce = 256
    /// Bytes that are gathered before they are written.
    private static let writtenBytes = 256 << 10
    private static let heartbeatPeriod = Duration.seconds(10)

    /// Sends until the stream is closed or the task is cancelled; the stream has ended then.
    ///
    /// - Throws: what `write` throws.
    func send(since: Int, write: (ByteBuffer) async throws -> Void) async throws {
        // Before the greeting: the answer to a view finds somebody who listens.
        let signals = await project.live.signals(for: client.key)
        do {
            try await withThrowingTaskGroup { group in
                group.addTask { await self.relay(signals) }
                group.addTask { await self.beat() }
                try await self.sendWhatWaits(since, write)
                group.cancelAll()
            }
        } catch {
            await end()
            throw error
        }
        await end()
    }

    private func end() async {
        client.close()
        // In this order: who finds the stream open still has its view taken away by what comes next (`ServedProject.show`).
        project.hub.remove(client)
        await project.live.removeStream(client.key)
    }

    private func sendWhatWaits(_ since: Int, _ write: (ByteBuffer) async throws -> Void) async throws {
        let store = project.store
        let hello = HelloMessage(
            client: client.id, project: store.id, sequence: store.state.sequence, version: Coppice.version)
        var buffer = ByteBuffer()
        StreamFrame(hello).write(to: &buffer)
        var sent = since
        // Somebody may have come while this client was away.
        project.tellPersons(to: client)
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
                    try await write(buffer)
                    buffer = ByteBuffer()
                }
            }
            if buffer.readableBytes > 0 {
                try await write(buffer)
                buffer = ByteBuffer()
            }
        }
    }

    private func beat() async {
        while (try? await Task.sleep(for: Self.heartbeatPeriod)) != nil {
            client.add(StreamFrame(HeartbeatMessage()), about: .latest(type: "heartbeat"))
        }
    }

    /// Hands on what the live session says, until it ends or the task is cancelled.
    private func relay(_ signals: AsyncStream<LiveSignal>) async {
        for await signal in signals {
            switch signal {
            case .state(let state): client.add(StreamFrame(LiveMessage(state)), about: .latest(type: "state"))
            case .tile(let tile, let bytes):
                let place = StreamQueue.TilePlace(
                    tab: tile.tab, image: tile.image, z: tile.z, t: tile.t, kind: tile.kind, level: tile.level,
                    column: tile.column, row: tile.row)
                client.add(StreamFrame(LiveMessage(tile), bytes: bytes), about: .tile(place), revision: tile.revision)
            case .viewComplete(let view):
                client.add(StreamFrame(LiveMessage(view)), about: .view(tab: view.tab), revision: view.revision)
            case .report(let report): client.add(StreamFrame(LiveMessage(report)), about: .latest(type: "report"))
            case .trouble(let message): client.add(event: StreamFrame(TroubleMessage(message: message)))
            }
        }
    }
}

/// A document of the live session and its type, side by side.
private struct LiveMessage<Document: Encodable & StreamDocument>: Encodable {
    let document: Document

    init(_ document: Document) { self.document = document }

    enum CodingKeys: CodingKey { case type }

    func encode(to encoder: any Encoder) throws {
        try document.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Document.messageType, forKey: .type)
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
