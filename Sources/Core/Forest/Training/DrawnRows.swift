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
