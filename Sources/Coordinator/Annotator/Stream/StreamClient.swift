internal import Primitives
internal import Synchronization

/// One open stream: what waits for it, and the bell that says that something does.
///
/// Safe to use from any task.
final class StreamClient: Sendable {
    /// A client that lets more wait is sent away; it comes back with the number of the last operation that it has.
    static let bytesMax = 64 << 20

    /// The client's own name: a UUID.
    let id: String
    /// Tells this stream from a later one of the same client.
    let number: Int
    /// The stream's name, which no other one has or will have.
    var key: String { "\(id) \(number)" }
    private let queue = Lock(StreamQueue(bytesMax: bytesMax))
    private let bell: AsyncStream<Void>.Continuation
    /// Rings whenever something may be there to send; ends with the stream. For one reader.
    let rings: AsyncStream<Void>

    init(id: String, number: Int) {
        (self.id, self.number) = (id, number)
        (rings, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    func ring() { bell.yield() }

    /// Ends the stream, once what the reader is at is sent.
    func close() { bell.finish() }

    func add(_ frame: StreamFrame, about subject: StreamQueue.Subject, revision: Int = 0) {
        tell { $0.add(frame, about: subject, revision: revision) }
    }

    func add(event frame: StreamFrame) { tell { $0.add(event: frame) } }

    func removeView(of tab: String, keeping isKept: (StreamQueue.TilePlace) -> Bool = { _ in false }) {
        queue.withLock { $0.removeView(of: tab, keeping: isKept) }
    }

    /// What to send next; nil if nothing waits.
    func next() -> StreamFrame? { queue.withLock { $0.next() } }

    private func tell(_ change: (inout StreamQueue) -> Bool) {
        if queue.withLock({ change(&$0) }) { ring() } else { close() }
    }
}
