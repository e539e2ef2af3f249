/// Floats as 32-bit keys of the same order, and their sorting.
///
/// The sign bit of positive values is set, and negative ones are inverted. −0 becomes 0; NaN has no key.
enum FloatKey {
    private static let digitBits = 11
    private static let digitCount = 1 << digitBits

    @inline(__always)
    static func key(of value: Float) -> UInt32 {
        let bits = (value + 0).bitPattern
        return bits ^ (UInt32(bitPattern: Int32(bitPattern: bits) >> 31) | 0x8000_0000)
    }

    @inline(__always)
    static func value(ofKey key: UInt32) -> Float {
        Float(bitPattern: key >> 31 == 1 ? key & 0x7FFF_FFFF : ~key)
    }

    /// Sorts keys ascending by three passes of eleven bits, least significant first (LSD radix sort).
    ///
    /// - Parameter spare: room for as many keys; its content is lost.
    /// - Returns: where the sorted keys are: `spare`, while `keys` holds an intermediate order.
    /// - Complexity: linear in `count`.
    static func sort(
        _ keys: UnsafeMutablePointer<UInt32>, spare: UnsafeMutablePointer<UInt32>, count: Int
    ) -> UnsafeMutablePointer<UInt32> {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 3 * digitCount) { positions in
            guard let low = positions.baseAddress else { return keys }
            let middle = low + digitCount
            let high = middle + digitCount
            low.initialize(repeating: 0, count: 3 * digitCount)
            for index in 0..<count {
                let key = keys[index]
                low[digit(0, of: key)] &+= 1
                middle[digit(1, of: key)] &+= 1
                high[digit(2, of: key)] &+= 1
            }
            scatter(keys, to: spare, count: count, pass: 0, positions: low)
            scatter(spare, to: keys, count: count, pass: 1, positions: middle)
            scatter(keys, to: spare, count: count, pass: 2, positions: high)
            return spare
        }
    }

    /// Moves keys behind those with a smaller digit, in their order.
    ///
    /// - Parameter positions: how often each digit occurs; overwritten.
    private static func scatter(
        _ source: UnsafePointer<UInt32>, to target: UnsafeMutablePointer<UInt32>, count: Int, pass: Int,
        positions: UnsafeMutablePointer<UInt32>
    ) {
        var start: UInt32 = 0
        for digit in 0..<digitCount {
            let occurrences = positions[digit]
            positions[digit] = start
            start &+= occurrences
        }
        for index in 0..<count {
            let key = source[index]
            let digit = digit(pass, of: key)
            target[Int(positions[digit])] = key
            positions[digit] &+= 1
        }
    }

    @inline(__always)
    private static func digit(_ pass: Int, of key: UInt32) -> Int {
        Int(key >> UInt32(pass * digitBits)) & (digitCount - 1)
    }
}
