/// A value that operations set, where the last one that holds counts.
///
/// It keeps what each of them set, so that one of them can be made void, and hold again, without looking at the others.
struct Register<Value: Hashable & Sendable>: Hashable, Sendable {
    private struct Entry: Hashable, Sendable {
        let sequence: Int
        let value: Value
    }

    /// Ascending by sequence.
    private var entries: [Entry] = []

    /// What the last operation set; nil, if none did.
    var value: Value? { entries.last?.value }

    /// What all operations set, in their order.
    var values: [Value] { entries.map(\.value) }

    /// Sets the value as of an operation, or takes back what it set.
    ///
    /// - Complexity: O(1) for the last operation, otherwise O(n) in those that set it.
    mutating func set(_ value: Value, at sequence: Int, holds: Bool) {
        var place = entries.count
        while place > 0, entries[place - 1].sequence >= sequence { place -= 1 }
        let isThere = place < entries.count && entries[place].sequence == sequence
        if isThere { entries.remove(at: place) }
        if holds { entries.insert(Entry(sequence: sequence, value: value), at: place) }
    }
}
