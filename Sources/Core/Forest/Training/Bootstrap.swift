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

    /// Draws that are known.
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
