/// A name that is a small whole number: jobs, workers and attempts are counted, so their records need no hashing.
protocol SchedulerIndex: Hashable, Sendable {
    /// 0 or more.
    var value: Int { get }

    init(_ value: Int)
}

extension RunIndex: SchedulerIndex {}
extension JobIndex: SchedulerIndex {}
extension WorkerIndex: SchedulerIndex {}
extension AttemptIndex: SchedulerIndex {}

extension Int: SchedulerIndex {
    var value: Int { self }
}

/// Records by index.
///
/// An array of `2^k` places, at most half of them taken. An index is multiplied by 2^64 divided by the golden ratio, and the product's
/// upper k bits are the place where its record lies, or behind which it lies in the next free one (Knuth, The Art of Computer
/// Programming 3, §6.4: Fibonacci hashing, linear probing, algorithm R): indices that were counted one after the other are spread
/// evenly. Memory follows the most records that lived at once, not the largest index.
///
/// The order of iteration depends only on the history of calls.
///
/// - Complexity: O(1) a call, expected; the memory of a growing table is copied O(log n) times.
struct IndexTable<Key: SchedulerIndex, Value: Sendable>: Sendable {
    private struct Place: Sendable {
        /// −1 if the place is free.
        var index: Int
        var value: Value?
    }

    private var places: [Place] = []
    private(set) var count = 0
    /// 64 − k.
    private var shift: UInt64 = 64

    var isEmpty: Bool { count == 0 }

    /// The keys, in no meaningful order.
    ///
    /// - Complexity: O(n).
    var keys: [Key] { places.compactMap { $0.index < 0 ? nil : Key($0.index) } }

    /// The records, in the order of `keys`.
    ///
    /// - Complexity: O(n).
    var values: [Value] { places.compactMap(\.value) }

    func contains(_ key: Key) -> Bool { place(of: key.value) != nil }

    /// The record of `key`. Setting nil takes it out; a record is changed in place through the optional, without a copy.
    subscript(key: Key) -> Value? {
        _read {
            if let place = place(of: key.value) {
                yield places[place].value
            } else {
                yield nil
            }
        }
        _modify {
            if let place = place(of: key.value) {
                yield &places[place].value
                if places[place].value == nil { vacate(place) }
            } else {
                var value: Value?
                yield &value
                if let value { insert(value, at: key.value) }
            }
        }
    }

    /// Takes the record of `key` out.
    @discardableResult
    mutating func removeValue(forKey key: Key) -> Value? {
        guard let place = place(of: key.value) else { return nil }
        let value = places[place].value
        vacate(place)
        return value
    }

    mutating func removeAll() {
        places = []
        count = 0
    }

    private var mask: Int { places.count - 1 }

    private func home(of index: Int) -> Int {
        Int(truncatingIfNeeded: (UInt64(bitPattern: Int64(index)) &* 0x9E37_79B9_7F4A_7C15) &>> shift)
    }

    private func place(of index: Int) -> Int? {
        guard count > 0 else { return nil }
        var place = home(of: index)
        while places[place].index != index {
            if places[place].index < 0 { return nil }
            place = (place + 1) & mask
        }
        return place
    }

    private mutating func insert(_ value: Value, at index: Int) {
        precondition(index >= 0, "expected an index of 0 or more, found \(index)")
        if 2 * (count + 1) > places.count { grow() }
        var place = home(of: index)
        while places[place].index >= 0 { place = (place + 1) & mask }
        places[place] = Place(index: index, value: value)
        count += 1
    }

    /// Frees a place, and closes the gap: whoever was displaced past it moves up.
    private mutating func vacate(_ freed: Int) {
        count -= 1
        var gap = freed
        var next = (gap + 1) & mask
        while places[next].index >= 0 {
            let home = home(of: places[next].index)
            if (next - home) & mask >= (next - gap) & mask {
                places.swapAt(gap, next)
                gap = next
            }
            next = (next + 1) & mask
        }
        places[gap].index = -1
        places[gap].value = nil
    }

    private mutating func grow() {
        var old = [Place](repeating: Place(index: -1, value: nil), count: places.isEmpty ? 8 : 2 * places.count)
        swap(&old, &places)
        shift = UInt64(places.count.leadingZeroBitCount + 1)
        count = 0
        for place in old {
            if let value = place.value { insert(value, at: place.index) }
        }
    }
}

extension IndexTable: Sequence {
    func makeIterator() -> some IteratorProtocol<(key: Key, value: Value)> {
        places.lazy.compactMap { place in place.value.map { (Key(place.index), $0) } }.makeIterator()
    }
}
