internal import Primitives

/// Answers of finished jobs, kept for a while for whoever asks again: bounded in number, in bytes and in age.
///
/// The newest answer is kept even if it is larger than `bytesMax` on its own: a job's waiter may be between two polls.
struct ResultCache<Answer: Sendable>: Sendable {
    struct Limits: Sendable {
        var countMax = 256
        var bytesMax: Int
        /// As `bytesMax`, while the oldest answer is one that was delivered: it is kept only for an asker that lost it on the way.
        var deliveredBytesMax = 2 << 20
        var ageMax: Duration = .seconds(600)
    }

    private struct Item: Sendable {
        let answer: Answer
        let byteCount: Int
        let finishedAt: Duration
        var isDelivered: Bool
    }

    let limits: Limits
    private var items: [ContentHash: Item] = [:]
    /// Oldest first.
    private(set) var order: [ContentHash] = []
    private(set) var byteCount = 0

    init(limits: Limits) { self.limits = limits }

    /// Answers that nobody has got yet.
    var undeliveredCount: Int { items.values.count { !$0.isDelivered } }

    /// Adds an answer. Limits are applied by `expire`.
    ///
    /// - Precondition: there is none of this job yet, and `now` is not before the newest one's.
    mutating func put(_ answer: Answer, for id: ContentHash, byteCount: Int, isDelivered: Bool, at now: Duration) {
        let previous = items.updateValue(
            Item(answer: answer, byteCount: byteCount, finishedAt: now, isDelivered: isDelivered), forKey: id)
        precondition(previous == nil, "job \(id) has two answers")
        order.append(id)
        self.byteCount += byteCount
    }

    /// The answer of a job in the cache; it counts as delivered.
    ///
    /// - Precondition: it is there.
    mutating func deliver(_ id: ContentHash) -> Answer {
        guard let item = items[id] else { preconditionFailure("job \(id) has no answer") }
        items[id]?.isDelivered = true
        return item.answer
    }

    /// Takes an answer away.
    mutating func remove(_ id: ContentHash) {
        guard let item = items.removeValue(forKey: id) else { return }
        byteCount -= item.byteCount
        order.removeAll { $0 == id }
    }

    /// Takes away what is beyond the limits, oldest first, and returns the jobs concerned.
    mutating func expire(at now: Duration) -> [ContentHash] {
        var expired: [ContentHash] = []
        while let oldest = order.first, let item = items[oldest] {
            let isTooOld = now - item.finishedAt > limits.ageMax
            let allowed = item.isDelivered ? min(limits.bytesMax, limits.deliveredBytesMax) : limits.bytesMax
            let isTooMuch = order.count > 1 && (order.count > limits.countMax || byteCount > allowed)
            guard isTooOld || isTooMuch else { break }
            items[oldest] = nil
            order.removeFirst()
            byteCount -= item.byteCount
            expired.append(oldest)
        }
        return expired
    }
}
