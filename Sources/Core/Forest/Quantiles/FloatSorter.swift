/// Sorts many floats in buffers that are kept. Not thread-safe.
///
/// Values become 32-bit keys of the same order: the sign bit of positive ones is set, negative ones are inverted. The keys are sorted by
/// three passes of eleven bits, least significant first (LSD radix sort).
final class FloatSorter {
    private static let digitBits = 11
    private static let digitCount = 1 << digitBits

    private let capacity: Int
    private var count = 0
    private let keys: UnsafeMutablePointer<UInt32>
    private let spare: UnsafeMutablePointer<UInt32>

    init(capacity: Int) {
        self.capacity = capacity
        keys = .allocate(capacity: capacity)
        spare = .allocate(capacity: capacity)
    }

    deinit {
        keys.deallocate()
        spare.deallocate()
    }

    func removeAll() { count = 0 }

    /// Adds a value; NaN is ignored, and −0 becomes 0.
    @inline(__always)
    func append(_ value: Float) {
        if value.isNaN { return }
        precondition(count < capacity, "more than \(capacity) values")
        let bits = (value + 0).bitPattern
        keys[count] = bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits
        count += 1
    }

    /// The keys of all values, ascending; valid until the next call.
    func sorted() -> UnsafeBufferPointer<UInt32> {
        let sorted = withUnsafeTemporaryAllocation(of: Int.self, capacity: 3 * Self.digitCount) { counts in
            counts.initialize(repeating: 0)
            for index in 0..<count {
                let key = keys[index]
                counts[Self.digit(0, of: key)] += 1
                counts[Self.digitCount + Self.digit(1, of: key)] += 1
                counts[2 * Self.digitCount + Self.digit(2, of: key)] += 1
            }
            var source = keys
            var target = spare
            for pass in 0..<3 {
                let starts = UnsafeMutableBufferPointer(rebasing: counts[pass * Self.digitCount..<(pass + 1) * Self.digitCount])
                var start = 0
                for digit in 0..<Self.digitCount { (starts[digit], start) = (start, start + starts[digit]) }
                for index in 0..<count {
                    let key = source[index]
                    let digit = Self.digit(pass, of: key)
                    target[starts[digit]] = key
                    starts[digit] += 1
                }
                swap(&source, &target)
            }
            return source
        }
        return UnsafeBufferPointer(start: sorted, count: count)
    }

    static func value(ofKey key: UInt32) -> Float {
        Float(bitPattern: key >> 31 == 1 ? key & 0x7FFF_FFFF : ~key)
    }

    @inline(__always)
    private static func digit(_ pass: Int, of key: UInt32) -> Int {
        Int(key >> UInt32(pass * digitBits)) & (digitCount - 1)
    }
}
