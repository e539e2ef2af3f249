package import Primitives

/// How long to leave an unreachable worker alone: exponential, capped, with jitter.
///
/// After failure k (1, 2, …) the pause is `min(first · 2^(k-1), longest)`, times a factor drawn evenly from 0.5 to 1, so that
/// the probes of many workers that failed together spread out.
package struct Backoff: Sendable {
    /// The pause after the first failure, before jitter.
    package var first: Duration
    /// The cap, before jitter.
    package var longest: Duration

    package init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
    }

    /// The pause after failure number `failures`, which counts from 1.
    package func pause(afterFailures failures: Int, using generator: inout SplitMix64) -> Duration {
        precondition(failures >= 1, "failures counts from 1, found \(failures)")
        let doubled = first * (1 << min(failures - 1, 30))
        let jitterPermille = 500 + Int(generator.next() % 501)
        return min(doubled, longest) * jitterPermille / 1000
    }
}
