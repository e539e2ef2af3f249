/// How long a connection may go on as it does: decides when a client is too slow, without a clock of its own.
///
/// ```
///          head               end of body            answer written              answer gone
/// (head) ────────▶ (body) ───────────────▶ (answer) ────────────────▶ (delivery) ─────────────▶ (head)
///                     │ answer written: the body is refused                                       ▲
///                     └──────────▶ (leftover) ───────────────── end of body ──────────────────────┘
/// ```
/// An answer may be streamed for hours and be silent for as long, but each part that is written has to leave: a client that does not
/// read is closed as one that does not send. Times are those since the connection was made.
struct RequestPace: Sendable {
    private enum Stage {
        /// A head is awaited until then.
        case head(until: Duration)
        case body(since: Duration, byteCount: Int)
        /// The request is whole; the answer takes as long as it takes, if what is written of it leaves.
        case answer
        /// The answer is written, and has until then to leave.
        case delivery(until: Duration)
        /// The answer was given before the body was there: the rest has until then.
        case leftover(until: Duration)
    }

    private let limits: ConnectionLimits
    private var stage: Stage
    /// Bytes of an answer that are written and have not left.
    private var unsentByteCount = 0
    /// When the last of an answer's bytes left, or the first after a pause was written.
    private var unsentSince: Duration = .zero

    init(_ limits: ConnectionLimits) {
        self.limits = limits
        stage = .head(until: limits.headTime)
    }

    /// When the connection is to be closed if nothing happens before; nil: never.
    var deadline: Duration? {
        switch stage {
        case .head(let end), .delivery(let end), .leftover(let end): end
        case .body(let start, let byteCount):
            start + time(for: byteCount)
        case .answer: unsentByteCount > 0 ? unsentSince + time(for: unsentByteCount) : nil
        }
    }

    /// The head of a request is there.
    mutating func receiveHead(at now: Duration) { stage = .body(since: now, byteCount: 0) }

    /// Bytes of a body are there.
    mutating func receiveBody(byteCount more: Int) {
        if case .body(let start, let byteCount) = stage { stage = .body(since: start, byteCount: byteCount + more) }
    }

    /// The request is whole.
    mutating func receiveEnd(at now: Duration) {
        switch stage {
        case .body:
            stage = .answer
            unsentSince = now
        case .leftover: stage = .head(until: now + limits.idleTime)
        case .head, .answer, .delivery: break
        }
    }

    /// The server did not read for `pause`, so that the client could not send: the body gets that time on top.
    mutating func excuse(_ pause: Duration) {
        if case .body(let start, let byteCount) = stage { stage = .body(since: start + pause, byteCount: byteCount) }
    }

    /// A part of an answer's body is written, not gone.
    mutating func send(byteCount: Int, at now: Duration) {
        if unsentByteCount == 0 { unsentSince = now }
        unsentByteCount += byteCount
    }

    /// A part of an answer's body has left.
    mutating func leave(byteCount: Int, at now: Duration) {
        unsentByteCount -= byteCount
        unsentSince = now
    }

    /// The end of an answer is written, not gone.
    mutating func sendEnd(at now: Duration) {
        switch stage {
        case .body: stage = .leftover(until: now + limits.lingerTime)
        case .answer: stage = .delivery(until: now + time(for: unsentByteCount))
        case .head, .delivery, .leftover: break
        }
    }

    /// The last byte of the answer has left.
    mutating func deliver(at now: Duration) {
        if case .delivery = stage { stage = .head(until: now + limits.idleTime) }
    }

    /// For a body, either way.
    private func time(for byteCount: Int) -> Duration {
        limits.bodyTime + .seconds(Double(byteCount) / Double(max(1, limits.bodyBytesPerSecondMin)))
    }
}
