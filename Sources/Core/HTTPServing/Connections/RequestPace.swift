/// How long a connection may go on as it does: decides when a client is too slow, without a clock of its own.
///
/// ```
///          head               end of body            answer written              answer gone
/// (head) ────────▶ (body) ───────────────▶ (answer) ────────────────▶ (delivery) ─────────────▶ (head)
///                     │ answer written: the body is refused                                       ▲
///                     └──────────▶ (leftover) ───────────────── end of body ──────────────────────┘
/// ```
/// Times are those since the connection was made.
struct RequestPace: Sendable {
    private enum Stage {
        /// A head is awaited until then.
        case head(until: Duration)
        case body(since: Duration, byteCount: Int)
        /// The request is whole; the answer takes as long as it takes.
        case answer
        /// The answer is written, and has until then to leave.
        case delivery(until: Duration)
        /// The answer was given before the body was there: the rest has until then.
        case leftover(until: Duration)
    }

    private let limits: ConnectionLimits
    private var stage: Stage

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
        case .answer: nil
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
        case .body: stage = .answer
        case .leftover: stage = .head(until: now + limits.idleTime)
        case .head, .answer, .delivery: break
        }
    }

    /// The server did not read for `pause`, so that the client could not send: the body gets that time on top.
    mutating func excuse(_ pause: Duration) {
        if case .body(let start, let byteCount) = stage { stage = .body(since: start + pause, byteCount: byteCount) }
    }

    /// The last part of an answer of `byteCount` bytes is written, not gone.
    mutating func sendEnd(byteCount: Int, at now: Duration) {
        switch stage {
        case .body: stage = .leftover(until: now + limits.lingerTime)
        case .answer: stage = .delivery(until: now + time(for: byteCount))
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
