/// A stream of random numbers that belongs to one tree and one purpose.
///
/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014): a counter that advances by an
/// odd constant, and a mixing function of 64 bits over it. The counter starts at `mix(mix(seed) + tree · 2 + purpose)`, so
/// streams of different trees or purposes start at unrelated points of the one cycle of 2⁶⁴ numbers.
struct RandomStream {
    /// What the numbers are used for.
    enum Purpose: UInt64 {
        case bootstrap = 0
        case growth = 1
    }

    private var counter: UInt64

    init(seed: UInt64, tree: Int, purpose: Purpose) {
        counter = Self.mix(Self.mix(seed) &+ UInt64(tree) &* 2 &+ purpose.rawValue)
    }

    /// The next number, uniform over all 64-bit values.
    @inline(__always)
    mutating func next() -> UInt64 {
        counter &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(counter)
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

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
