internal import DequeModule

/// A least-recently-used (LRU) cache with a limit in bytes.
///
/// Each use is noted in a queue. A later use of the same key makes a note stale: stale notes are skipped when a value must go, and removed
/// when they outnumber the values. The last value is kept even if it alone exceeds the limit.
struct RecentValues<Key: Hashable, Value> {
    let byteCountMax: Int
    private(set) var byteCount = 0
    private var values: [Key: (value: Value, byteCount: Int, use: Int)] = [:]
    private var uses: Deque<(key: Key, use: Int)> = []
    private var lastUse = 0

    /// Bytes that an entry takes besides its value.
    private static var overheadByteCount: Int { 256 }

    init(byteCountMax: Int) { self.byteCountMax = byteCountMax }

    var count: Int { values.count }

    /// The value of `key`, which becomes the most recently used; nil if it is not held.
    ///
    /// - Complexity: O(1) amortised.
    mutating func value(of key: Key) -> Value? {
        guard let (value, byteCount, _) = values[key] else { return nil }
        values[key] = (value, byteCount, note(key))
        return value
    }

    /// Holds a value of `byteCount` bytes, in place of an old one, and drops others until the limit holds.
    ///
    /// - Complexity: O(1) amortised.
    mutating func insert(_ value: Value, of key: Key, byteCount: Int) {
        let cost = byteCount + Self.overheadByteCount
        if let old = values.updateValue((value, cost, note(key)), forKey: key) { self.byteCount -= old.byteCount }
        self.byteCount += cost
        while self.byteCount > byteCountMax, values.count > 1 {
            let (key, use) = uses.removeFirst()
            guard let oldest = values[key], oldest.use == use else { continue }
            values[key] = nil
            self.byteCount -= oldest.byteCount
        }
    }

    private mutating func note(_ key: Key) -> Int {
        lastUse += 1
        uses.append((key, lastUse))
        if uses.count > 2 * values.count + 64 {
            let use = lastUse
            uses.removeAll { $0.use != use && values[$0.key]?.use != $0.use }
        }
        return lastUse
    }
}
