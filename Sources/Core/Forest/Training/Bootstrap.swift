internal import Primitives

/// How often each sample of a table was drawn for one tree: a function of (seed, tree index, numbers of samples and draws) only.
///
/// `draws` times, one of all samples is drawn with equal chances and put back.
package struct Bootstrap: Sendable, Equatable {
    /// `[sample]`: how often the sample was drawn. The sum is the number of draws.
    package private(set) var counts: [UInt32]

    /// - Parameters:
    ///   - sampleCount: the number of samples to draw from, at least 1.
    ///   - draws: the number of draws, 1…sampleCount.
    package init(seed: UInt64, tree: Int, sampleCount: Int, draws: Int) {
        counts = []
        draw(seed: seed, tree: tree, sampleCount: sampleCount, draws: draws)
    }

    /// The bootstrap of tree `tree` that `parameters` ask for of `table`.
    package init(tree: Int, table: TrainingTable, parameters: ForestParameters) {
        let draws = parameters.maxSamples.count(of: table.sampleCount)
        self.init(seed: parameters.seed, tree: tree, sampleCount: table.sampleCount, draws: draws)
    }

    /// Known draws.
    init(counts: [UInt32]) { self.counts = counts }

    /// Draws anew in the same memory.
    mutating func draw(seed: UInt64, tree: Int, sampleCount: Int, draws: Int) {
        precondition(sampleCount >= 1 && (1...sampleCount).contains(draws), "\(draws) draws of \(sampleCount)")
        precondition(tree >= 0, "tree \(tree)")
        if counts.count == sampleCount {
            counts.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
        } else {
            counts = Array(repeating: 0, count: sampleCount)
        }
        var stream = RandomStream(seed: seed, tree: tree, purpose: .bootstrap)
        let bound = UInt64(sampleCount)
        counts.withUnsafeMutableBufferPointer { counts in
            for _ in 0..<draws { counts[Int(stream.next(below: bound))] &+= 1 }
        }
    }
}

/// The samples that were drawn for one tree, and how often: what `Bootstrap` holds, without those that were not drawn.
package struct DrawnRows: Equatable {
    /// Ascending.
    package let rows: [UInt32]
    /// `[drawn row]`: draws, at least 1.
    package let counts: [UInt32]

    /// The draws of `Bootstrap(seed:tree:sampleCount:draws:)`.
    package init(seed: UInt64, tree: Int, sampleCount: Int, draws: Int) {
        precondition(sampleCount >= 1 && (1...sampleCount).contains(draws), "\(draws) draws of \(sampleCount)")
        if draws > sampleCount / Self.sparseShare {
            // Many draws: counting them takes less than sorting them.
            let counted = Bootstrap(seed: seed, tree: tree, sampleCount: sampleCount, draws: draws).counts
            rows = counted.indices.lazy.filter { counted[$0] > 0 }.map { UInt32($0) }
            counts = counted.filter { $0 > 0 }
            return
        }
        var stream = RandomStream(seed: seed, tree: tree, purpose: .bootstrap)
        let bound = UInt64(sampleCount)
        let drawn = (0..<draws).map { _ in UInt32(stream.next(below: bound)) }.sorted()
        var (rows, counts) = ([UInt32](), [UInt32]())
        rows.reserveCapacity(draws)
        counts.reserveCapacity(draws)
        for row in drawn {
            if row == rows.last {
                counts[counts.count - 1] += 1
            } else {
                rows.append(row)
                counts.append(1)
            }
        }
        (self.rows, self.counts) = (rows, counts)
    }

    private static let sparseShare = 16
}

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
