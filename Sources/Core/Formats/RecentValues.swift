internal import DequeModule

/// A least-recently-used (LRU) cache with a limit in bytes.
///
/// Each use is noted in a queue. A later use of the same key makes a note stale: stale notes are skipped when a value must go, and removed
/// when they outnumber the values. The last value is kept even if it alone exceeds the limit.
package struct RecentValues<Key: Hashable, Value> {
    package let byteCountMax: Int
    package private(set) var byteCount = 0
    private var values: [Key: (value: Value, byteCount: Int, use: Int)] = [:]
    private var uses: Deque<(key: Key, use: Int)> = []
    private var lastUse = 0

    /// Bytes that an entry takes besides its value.
    private static var overheadByteCount: Int { 256 }

    package init(byteCountMax: Int) { self.byteCountMax = byteCountMax }

    package var count: Int { values.count }

    /// The value of `key`, which becomes the most recently used; nil if it is not held.
    ///
    /// - Complexity: O(1) amortised.
    package mutating func value(of key: Key) -> Value? {
        guard let (value, byteCount, _) = values[key] else { return nil }
        values[key] = (value, byteCount, note(key))
        return value
    }

    /// Holds a value of `byteCount` bytes, in place of an old one, and drops others until the limit holds.
    ///
    /// - Returns: the keys of those that were dropped.
    /// - Complexity: O(1) amortised.
    @discardableResult
    package mutating func insert(_ value: Value, of key: Key, byteCount: Int) -> [Key] {
        let cost = byteCount + Self.overheadByteCount
        if let old = values.updateValue((value, cost, note(key)), forKey: key) { self.byteCount -= old.byteCount }
        self.byteCount += cost
        var dropped: [Key] = []
        while self.byteCount > byteCountMax, values.count > 1 {
            let (key, use) = uses.removeFirst()
            guard let oldest = values[key], oldest.use == use else { continue }
            values[key] = nil
            self.byteCount -= oldest.byteCount
            dropped.append(key)
        }
        return dropped
    }

    /// Drops the value of `key`, if it is held.
    ///
    /// - Complexity: O(1).
    package mutating func remove(_ key: Key) {
        guard let old = values.removeValue(forKey: key) else { return }
        byteCount -= old.byteCount
    }

    /// Whether the value of `key` is held; that is no use of it.
    package func holds(_ key: Key) -> Bool { values[key] != nil }

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
