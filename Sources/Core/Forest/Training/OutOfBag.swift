/// Votes on training samples by the trees that were not grown from them: an honest estimate of the accuracy without held-out
/// data.
///
/// Votes are integers, so adding trees and merging parts in any order gives the same sums. A bounded subset of the samples is
/// judged, the same for every part of a run: `rowCount` samples, evenly spaced over the table.
package struct OutOfBag: Sendable, Equatable {
    /// The most samples that are judged.
    package static let rowCountMax = 65_536
    /// The most votes that are kept: rows times classes.
    package static let voteCountMax = 1_048_576

    /// The number of samples in the table.
    package let sampleCount: Int
    /// The number of classes.
    package let classCount: Int
    /// `[row][class]`, row-major: sums of leaf shares, in parts of `Tree.leafTotal` per tree.
    package private(set) var votes: [UInt32]

    /// No votes yet.
    package init(sampleCount: Int, classCount: Int) {
        precondition(sampleCount >= 1 && classCount >= 1, "\(sampleCount) samples, \(classCount) classes")
        self.sampleCount = sampleCount
        self.classCount = classCount
        votes = Array(repeating: 0, count: Self.rowCount(sampleCount: sampleCount, classCount: classCount) * classCount)
    }

    /// Votes from elsewhere.
    ///
    /// - Throws: `ForestError` if there are not exactly as many as rows times classes.
    package init(sampleCount: Int, classCount: Int, votes: [UInt32]) throws(ForestError) {
        self.init(sampleCount: sampleCount, classCount: classCount)
        guard votes.count == self.votes.count else {
            throw ForestError("out-of-bag votes: expected \(self.votes.count) values, found \(votes.count)")
        }
        self.votes = votes
    }

    /// The number of judged samples of a table: all, as long as there are at most `rowCountMax` and `voteCountMax` votes.
    package static func rowCount(sampleCount: Int, classCount: Int) -> Int {
        min(sampleCount, rowCountMax, max(voteCountMax / classCount, 1))
    }

    /// The number of judged samples.
    package var rowCount: Int { votes.count / classCount }

    /// The sample that row `row` judges: ⌊row · N / rows⌋.
    package func sample(ofRow row: Int) -> Int { row * sampleCount / rowCount }

    /// Adds a tree's votes on the judged samples that it was not grown from.
    ///
    /// - Parameters:
    ///   - tree: a tree over the table's features and classes.
    ///   - bootstrap: the draws that the tree was grown from.
    /// - Precondition: at most 65,536 trees are added in all.
    package mutating func add(_ tree: Tree, bootstrap: Bootstrap, table: TrainingTable) {
        precondition(table.sampleCount == sampleCount && table.classCount == classCount, "votes of another table")
        precondition(bootstrap.counts.count == sampleCount, "\(bootstrap.counts.count) counts, \(sampleCount) samples")
        let rows = rowCount
        table.bins.withUnsafeBufferPointer { bins in
            guard let bins = bins.baseAddress else { return }
            for row in 0..<rows {
                let sample = sample(ofRow: row)
                if bootstrap.counts[sample] > 0 { continue }
                let leaf = tree.leafRow(of: bins + sample * table.featureCount) * classCount
                for label in 0..<classCount { votes[row * classCount + label] += UInt32(tree.leaves[leaf + label]) }
            }
        }
    }

    /// Adds a tree's votes on the judged samples that it was not grown from.
    ///
    /// - Parameters:
    ///   - judged: the judged samples, ascending.
    ///   - bins: their bins, `[row][feature]`.
    ///   - drawn: the samples that the tree was grown from, ascending.
    package mutating func add(_ tree: Tree, judged: [UInt32], bins: [UInt8], featureCount: Int, drawn: [UInt32]) {
        precondition(judged.count == rowCount && bins.count == rowCount * featureCount, "\(judged.count) judged samples")
        var next = 0
        bins.withUnsafeBufferPointer { bins in
            guard let bins = bins.baseAddress else { return }
            for (row, sample) in judged.enumerated() {
                while next < drawn.count, drawn[next] < sample { next += 1 }
                if next < drawn.count, drawn[next] == sample { continue }
                let leaf = tree.leafRow(of: bins + row * featureCount) * classCount
                for label in 0..<classCount { votes[row * classCount + label] += UInt32(tree.leaves[leaf + label]) }
            }
        }
    }

    /// Adds the votes of another part of the same run.
    ///
    /// - Throws: `ForestError` if `other` is of another table, or a sum leaves 32 bits.
    package mutating func merge(_ other: OutOfBag) throws(ForestError) {
        guard other.sampleCount == sampleCount, other.classCount == classCount else {
            throw ForestError(
                "out-of-bag votes: expected a table of \(sampleCount) samples and \(classCount) classes, "
                    + "found \(other.sampleCount) and \(other.classCount)")
        }
        var sums = votes
        for index in sums.indices {
            let (sum, overflow) = sums[index].addingReportingOverflow(other.votes[index])
            if overflow {
                throw ForestError("out-of-bag votes: row \(index / classCount): expected a sum below 2^32, found a larger one")
            }
            sums[index] = sum
        }
        votes = sums
    }

    /// Counts the judged samples by their class and the class with the most votes; the lower class wins a tie. Samples without a
    /// vote, which every tree was grown from, are not counted.
    package func summary(classes: [UInt8]) -> OutOfBagSummary {
        precondition(classes.count == sampleCount, "\(classes.count) classes, \(sampleCount) samples")
        var confusion = Array(repeating: Array(repeating: 0, count: classCount), count: classCount)
        for row in 0..<rowCount {
            var leader = 0
            for label in 1..<classCount where votes[row * classCount + label] > votes[row * classCount + leader] {
                leader = label
            }
            if votes[row * classCount + leader] > 0 { confusion[Int(classes[sample(ofRow: row)])][leader] += 1 }
        }
        return OutOfBagSummary(confusion: confusion)
    }
}

/// What the out-of-bag votes say about a forest.
package struct OutOfBagSummary: Codable, Sendable, Hashable {
    /// `[truth][predicted]`: the number of judged samples.
    package let confusion: [[Int]]

    /// The number of judged samples.
    package var rowsJudged: Int { confusion.reduce(0) { $0 + $1.reduce(0, +) } }

    /// The share of judged samples whose class was found, 0…1; nil if none was judged.
    package var accuracy: Double? {
        let judged = rowsJudged
        guard judged > 0 else { return nil }
        return Double(confusion.indices.reduce(0) { $0 + confusion[$1][$1] }) / Double(judged)
    }
}
