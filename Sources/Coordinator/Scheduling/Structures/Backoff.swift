/// How long to leave an unreachable worker alone: exponential, capped, with jitter.
///
/// After failure k (1, 2, …) the pause is `min(first · 2^(k-1), longest)`, times a factor drawn evenly from 0.5 to 1, so that
/// the probes of many workers that failed together spread out.
struct Backoff: Sendable {
    /// The pause after the first failure, before jitter.
    var first: Duration
    /// The cap, before jitter.
    var longest: Duration

    /// The pause after failure number `failures`, which counts from 1.
    func pause(afterFailures failures: Int, using generator: inout SeededGenerator) -> Duration {
        precondition(failures >= 1, "failures counts from 1, found \(failures)")
        let doubled = first * (1 << min(failures - 1, 30))
        let jitterPermille = 500 + Int(generator.next() % 501)
        return min(doubled, longest) * jitterPermille / 1000
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): a small generator whose numbers depend on the seed alone.
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
