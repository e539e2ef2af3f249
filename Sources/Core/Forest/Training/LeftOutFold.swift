/// Grows trees on all samples of a table but those of one fold, and has them vote on those: samples that no tree has seen, nor any
/// neighbour of theirs where folds are made of whole strokes or images.
///
/// Votes are integers, so that parts of the trees are added in any order. Of the left-out samples, as many are judged as of a table
/// out-of-bag (`OutOfBag.rowCount`), evenly spaced.
package struct LeftOutFold: Sendable {
    private let table: TrainingTable
    /// Rows of the table that trees are grown on, ascending.
    private let grownRows: [UInt32]
    private let shape: TableShape
    /// Of the rows that trees are grown on.
    private let samplesOfClass: [Int]
    /// Rows of the table that are judged, ascending.
    private let judgedRows: [UInt32]
    /// `[judged row][class]`: sums of leaf shares, in parts of `Tree.leafTotal` a tree.
    package private(set) var votes: [UInt32]

    /// - Parameters:
    ///   - folds: of each sample; `FoldAssignment.never` is in none.
    ///   - fold: that is left out.
    /// - Throws: `ForestError` unless there is a fold for each sample, and the fold and the others have samples.
    package init(_ table: TrainingTable, folds: [UInt8], fold: Int) throws(ForestError) {
        guard folds.count == table.sampleCount else {
            throw ForestError("folds: expected one for each of \(table.sampleCount) samples, found \(folds.count)")
        }
        let judged = Self.judgedRows(folds: folds, fold: fold, classCount: table.classCount)
        grownRows = folds.indices.lazy.filter { Int(folds[$0]) != fold }.map { UInt32($0) }
        guard !judged.isEmpty, !grownRows.isEmpty else {
            let what = judged.isEmpty ? "in" : "outside of"
            throw ForestError("folds: expected samples in fold \(fold) and outside, found none \(what) it")
        }
        shape = try TableShape(sampleCount: grownRows.count, featureCount: table.featureCount, classCount: table.classCount)
        var counts = [Int](repeating: 0, count: table.classCount)
        for row in grownRows { counts[Int(table.classes[Int(row)])] += 1 }
        (self.table, samplesOfClass, judgedRows) = (table, counts, judged)
        votes = [UInt32](repeating: 0, count: judged.count * table.classCount)
    }

    /// The rows of the table that are judged when `fold` is left out, ascending.
    package static func judgedRows(folds: [UInt8], fold: Int, classCount: Int) -> [UInt32] {
        let out = folds.indices.filter { Int(folds[$0]) == fold }
        guard !out.isEmpty else { return [] }
        let count = OutOfBag.rowCount(sampleCount: out.count, classCount: classCount)
        return (0..<count).map { UInt32(out[$0 * out.count / count]) }
    }

    /// Grows tree `index` of the forest that `parameters` describe on the samples that are not left out, and adds its votes.
    ///
    /// - Precondition: at most 65,536 trees are grown in all.
    package mutating func grow(treeIndex index: Int, with grower: TreeGrower, parameters: ForestParameters) throws(ForestError) {
        let drawn = DrawnRows(
            seed: parameters.seed, tree: index, sampleCount: shape.sampleCount,
            draws: parameters.maxSamples.count(of: shape.sampleCount))
        let (features, classes) = (shape.featureCount, shape.classCount)
        let rows = drawn.rows.map { Int(grownRows[Int($0)]) }
        let bins = [UInt8](unsafeUninitializedCapacity: rows.count * features) { target, count in
            table.bins.withUnsafeBufferPointer { source in
                guard let target = target.baseAddress, let source = source.baseAddress else { return }
                for (place, row) in rows.enumerated() {
                    (target + place * features).initialize(from: source + row * features, count: features)
                }
            }
            count = rows.count * features
        }
        let part = try TrainingTable(
            featureCount: features, classCount: classes, bins: bins, classes: rows.map { table.classes[$0] })
        let tree = grower.grow(
            treeIndex: index, table: part, drawn: drawn.counts, samplesOfClass: samplesOfClass, parameters: parameters
        ).tree
        table.bins.withUnsafeBufferPointer { bins in
            guard let bins = bins.baseAddress else { return }
            for (place, row) in judgedRows.enumerated() {
                let leaf = tree.leafRow(of: bins + Int(row) * features) * classes
                for label in 0..<classes { votes[place * classes + label] += UInt32(tree.leaves[leaf + label]) }
            }
        }
    }

    /// Adds the judged samples of a fold to a confusion matrix `[truth][predicted]`, each by the class with the most votes; the lower
    /// class wins a tie.
    ///
    /// - Parameters:
    ///   - classes: of the judged samples.
    ///   - votes: `[judged sample][class]`.
    package static func add(_ votes: [UInt32], of classes: [UInt8], to confusion: inout [[Int]]) {
        let classCount = confusion.count
        precondition(votes.count == classes.count * classCount, "\(votes.count) votes on \(classes.count) samples")
        for (row, truth) in classes.enumerated() {
            var leader = 0
            for label in 1..<classCount where votes[row * classCount + label] > votes[row * classCount + leader] {
                leader = label
            }
            confusion[Int(truth)][leader] += 1
        }
    }
}
