internal import Primitives

/// A stream of random numbers that belongs to one tree and one purpose.
///
/// `SplitMix64`, whose counter starts at `mix(mix(seed) + tree · 2 + purpose)`: streams of different trees or purposes start at
/// unrelated points of the one cycle of 2⁶⁴ numbers.
struct RandomStream {
    /// What the numbers are used for.
    enum Purpose: UInt64 {
        case bootstrap = 0
        case growth = 1
    }

    private var generator: SplitMix64

    init(seed: UInt64, tree: Int, purpose: Purpose) {
        generator = SplitMix64(seed: SplitMix64.mix(SplitMix64.mix(seed) &+ UInt64(tree) &* 2 &+ purpose.rawValue))
    }

    /// The next number, uniform over all 64-bit values.
    @inline(__always)
    mutating func next() -> UInt64 {
        generator.next()
    }

    /// A number below `bound`, every one equally likely.
    ///
    /// The high half of a 128-bit product, with the few products drawn again that would make some numbers likelier (Lemire: "Fast
    /// random integer generation in an interval", 2019).
    @inline(__always)
    mutating func next(below bound: UInt64) -> UInt64 {
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let surplus = (0 &- bound) % bound
            while product.low < surplus { product = next().multipliedFullWidth(by: bound) }
        }
        return product.high
    }
}
