internal import Foundation

/// SplitMix64: random numbers that a seed repeats.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// The seeds to try: the one of the environment variable COPPICE_TEST_SEED, else `count` of them.
    static func seeds(_ count: UInt64) -> [UInt64] {
        ProcessInfo.processInfo.environment["COPPICE_TEST_SEED"].flatMap(UInt64.init).map { [$0] } ?? Array(0..<count)
    }
}
