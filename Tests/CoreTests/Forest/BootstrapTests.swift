@testable import Forest
import Testing

@Suite struct BootstrapTests {
    @Test func `a bootstrap is a function of seed and tree`() {
        let first = Bootstrap(seed: 3, tree: 5, sampleCount: 1_000, draws: 700)
        #expect(first.counts.reduce(0, +) == 700)
        #expect(first == Bootstrap(seed: 3, tree: 5, sampleCount: 1_000, draws: 700))
        #expect(first != Bootstrap(seed: 3, tree: 6, sampleCount: 1_000, draws: 700))
        #expect(first != Bootstrap(seed: 4, tree: 5, sampleCount: 1_000, draws: 700))
    }

    @Test func `its numbers never change`() {
        #expect(Bootstrap(seed: 1, tree: 2, sampleCount: 8, draws: 8).counts == [1, 0, 2, 0, 3, 1, 1, 0])
    }

    @Test func `every sample is equally likely`() {
        var sums = [Int](repeating: 0, count: 50)
        for tree in 0..<400 {
            let counts = Bootstrap(seed: 9, tree: tree, sampleCount: 50, draws: 50).counts
            for sample in sums.indices { sums[sample] += Int(counts[sample]) }
        }
        // 20,000 draws over 50 cells: 49 degrees of freedom, chi-squared below 93 with probability 0.9999.
        let chiSquared = sums.reduce(0.0) { $0 + Double(($1 - 400) * ($1 - 400)) / 400 }
        #expect(chiSquared < 93, "\(chiSquared)")
    }

    @Test func `numbers below a bound stay below it and reach every value`() {
        var stream = RandomStream(seed: 0, tree: 0, purpose: .growth)
        for bound: UInt64 in [1, 2, 3, 7, 1 << 63 + 1] {
            for _ in 0..<100 { #expect(stream.next(below: bound) < bound) }
        }
        #expect(Set((0..<200).map { _ in stream.next(below: 7) }).count == 7)
    }
}
