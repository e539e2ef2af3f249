/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014): a counter that advances by an odd
/// constant, and a mixing function of 64 bits over it.
///
/// Its numbers depend on where the counter starts and on nothing else.
package struct SplitMix64: RandomNumberGenerator, Hashable, Sendable {
    @usableFromInline
    package var counter: UInt64

    @inlinable @inline(__always)
    package init(seed: UInt64) { counter = seed }

    /// The next number, uniform over all 64-bit values.
    @inlinable @inline(__always)
    package mutating func next() -> UInt64 {
        counter &+= Self.step
        return Self.mix(counter)
    }

    /// What the counter advances by: 2⁶⁴ divided by the golden ratio.
    @inlinable @inline(__always)
    package static var step: UInt64 { 0x9E37_79B9_7F4A_7C15 }

    /// The mixing function: different values have different images, and each bit of a value bears on all bits of its image.
    @inlinable @inline(__always)
    package static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
