internal import Primitives
internal import Synchronization

/// The streams that are open, and what is said to all of them.
///
/// Safe to use from any task.
final class StreamHub: Sendable {
    private struct State {
        var clients: [String: StreamClient] = [:]
        /// What was said last of each type to everybody: who comes later is told, too.
        var latest: [StreamQueue.Subject: StreamFrame] = [:]
        var nextNumber = 0
        var isClosed = false

        func hasRoom(for id: String) -> Bool { !isClosed && (clients[id] != nil || clients.count < StreamHub.clientsMax) }
    }

    private let state = Lock(State())

    /// Streams that are served at the same time; browsers have one each.
    static let clientsMax = 256

    /// Whether a client's stream would be opened now.
    func hasRoom(for id: String) -> Bool { state.withLock { $0.hasRoom(for: id) } }

    /// Opens a client's stream and ends an earlier one of the same client, which the browser has given up; nil when there are too many, or
    /// the server ends.
    func open(_ id: String) -> StreamClient? {
        let (client, former): (StreamClient?, StreamClient?) = state.withLock { state in
            guard state.hasRoom(for: id) else { return (nil, nil) }
            let client = StreamClient(id: id, number: state.nextNumber)
            state.nextNumber += 1
            for (subject, frame) in state.latest { client.add(frame, about: subject) }
            return (client, state.clients.updateValue(client, forKey: id))
        }
        former?.close()
        return client
    }

    /// Forgets a stream that has ended, unless the client has opened another one since.
    func remove(_ client: StreamClient) {
        state.withLock { state in
            if state.clients[client.id]?.number == client.number { state.clients[client.id] = nil }
        }
    }

    /// Whether a stream is still the one of its client.
    func isOpen(_ client: StreamClient) -> Bool { state.withLock { $0.clients[client.id]?.number == client.number } }

    /// The open stream of a client; nil without one.
    func client(_ id: String) -> StreamClient? { state.withLock { $0.clients[id] } }

    private var all: [StreamClient] { state.withLock { Array($0.clients.values) } }

    /// Rings for everybody: there are new operations.
    func ring() { for client in all { client.ring() } }

    /// Says something to everybody, in the place of an older message with the same subject. The latest of a type is said to who comes, too.
    func say(_ document: some Encodable, about subject: StreamQueue.Subject) {
        let frame = StreamFrame(document)
        let clients = state.withLock { state in
            if case .latest = subject { state.latest[subject] = frame }
            return Array(state.clients.values)
        }
        for client in clients { client.add(frame, about: subject) }
    }

    /// Says something to everybody that no later message replaces.
    func say(event document: some Encodable) {
        let clients = all
        guard !clients.isEmpty else { return }
        let frame = StreamFrame(document)
        for client in clients { client.add(event: frame) }
    }

    /// Ends all streams, and opens no more.
    func close() {
        let clients = state.withLock { state in
            state.isClosed = true
            return Array(state.clients.values)
        }
        for client in clients { client.close() }
    }
}
