package import Forest
internal import Primitives
package import Protocol

/// A training table whose samples lie in blocks.
package struct BlockedTable: Sendable {
    package let shape: TableShape
    /// `[class]`: samples.
    let samplesOfClass: [Int]
    private let blocks: [TableBlock]
    private let samplesPerBlock: Int

    /// - Throws: `WireError.invalid` when the blocks do not fit the index.
    package init(_ index: TableIndex, blocks: [TableBlock]) throws(WireError) {
        shape = try index.shape()
        guard blocks.count == index.blocks.count else {
            throw .invalid("table: expected \(index.blocks.count) blocks, found \(blocks.count)")
        }
        for (number, block) in blocks.enumerated() {
            let expected = min(index.samplesPerBlock, index.sampleCount - number * index.samplesPerBlock)
            guard block.sampleCount == expected, block.featureCount == index.featureCount, Int(block.classMax) < shape.classCount
            else {
                throw .invalid(
                    "table block \(number): expected \(expected) samples of \(index.featureCount) features and classes below "
                        + "\(shape.classCount), found \(block.sampleCount) of \(block.featureCount) and the class \(block.classMax)"
                )
            }
        }
        self.blocks = blocks
        samplesOfClass = index.samplesOfClass
        samplesPerBlock = index.samplesPerBlock
    }

    /// The samples `rows`, ascending: their bins `[row][feature]` and classes.
    ///
    /// - Complexity: O(rows · features), a pass over the blocks.
    /// - Throws: `JobError.invalid` when a block can no longer be read.
    func gather(_ rows: [UInt32]) throws(JobError) -> (bins: [UInt8], classes: [UInt8]) {
        let features = shape.featureCount
        var classes = [UInt8](repeating: 0, count: rows.count)
        let bins = try [UInt8](filled: rows.count * features) { (target) throws(JobError) in
            var failure: JobError?
            classes.withUnsafeMutableBufferPointer { classes in
                do throws(JobError) {
                    try copy(rows, to: target, classes)
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
        }
        return (bins, classes)
    }

    private func copy(
        _ rows: [UInt32], to bins: UnsafeMutableBufferPointer<UInt8>, _ classes: UnsafeMutableBufferPointer<UInt8>
    ) throws(JobError) {
        guard let bins = bins.baseAddress, let classes = classes.baseAddress else { return }
        var next = 0
        for (number, block) in blocks.enumerated() {
            let first = number * samplesPerBlock
            var end = next
            while end < rows.count, Int(rows[end]) < first + block.sampleCount { end += 1 }
            if end > next {
                try block.copy(
                    rows[next..<end].lazy.map { Int($0) - first }, bins: bins + next * shape.featureCount, classes: classes + next
                )
            }
            next = end
        }
        precondition(next == rows.count, "row \(next) of \(rows.count) lies beyond the table")
    }
}

/// Grows each tree on the samples that were drawn for it, gathered from a table in blocks. The tree equals the one grown on the whole table.
struct BlockedGrowth {
    /// Some samples of a table: bins `[row][feature]`, and classes.
    typealias Samples = (bins: [UInt8], classes: [UInt8])

    private let shape: TableShape
    /// `[class]`: samples.
    private let samplesOfClass: [Int]
    private let parameters: ForestParameters
    private(set) var outOfBag: OutOfBag
    /// The judged samples: rows of the table, ascending, and their bins.
    private let judged: [UInt32]
    private let judgedBins: [UInt8]

    /// - Parameter judgedSamples: returns the judged samples, given their rows in the table.
    init(
        _ shape: TableShape, samplesOfClass: [Int], parameters: ForestParameters,
        judgedSamples: (_ rows: [UInt32]) throws(JobError) -> Samples
    ) throws(JobError) {
        (self.shape, self.samplesOfClass, self.parameters) = (shape, samplesOfClass, parameters)
        outOfBag = OutOfBag(sampleCount: shape.sampleCount, classCount: shape.classCount)
        judged = Self.judgedRows(of: shape)
        judgedBins = try judgedSamples(judged).bins
    }

    /// The rows of the samples that trees are judged by, ascending.
    static func judgedRows(of shape: TableShape) -> [UInt32] {
        let outOfBag = OutOfBag(sampleCount: shape.sampleCount, classCount: shape.classCount)
        return (0..<outOfBag.rowCount).map { UInt32(outOfBag.sample(ofRow: $0)) }
    }

    /// The samples that tree `index` is grown from.
    static func drawnRows(ofTree index: Int, _ shape: TableShape, _ parameters: ForestParameters) -> DrawnRows {
        DrawnRows(
            seed: parameters.seed, tree: index, sampleCount: shape.sampleCount,
            draws: parameters.maxSamples.count(of: shape.sampleCount))
    }

    /// Grows tree `index`, and adds its votes to `outOfBag`.
    ///
    /// - Parameter samples: returns the samples of some rows of the table, ascending.
    mutating func grow(
        treeIndex index: Int, with grower: TreeGrower, samples: (_ rows: [UInt32]) throws(JobError) -> Samples
    ) throws(JobError) -> GrownTree {
        let drawn = Self.drawnRows(ofTree: index, shape, parameters)
        let (bins, classes) = try samples(drawn.rows)
        let part: TrainingTable
        do {
            part = try TrainingTable(
                featureCount: shape.featureCount, classCount: shape.classCount, bins: bins, classes: classes)
        } catch {
            throw .invalid("table: \(error)")
        }
        let grown = grower.grow(
            treeIndex: index, table: part, drawn: drawn.counts, samplesOfClass: samplesOfClass, parameters: parameters)
        outOfBag.add(grown.tree, judged: judged, bins: judgedBins, featureCount: shape.featureCount, drawn: drawn.rows)
        return grown
    }

    /// Memory for one slot, beside the table.
    static func workspaceBytes(_ shape: TableShape, parameters: ForestParameters) -> ByteCount {
        let draws = parameters.maxSamples.count(of: shape.sampleCount)
        let judged = OutOfBag.rowCount(sampleCount: shape.sampleCount, classCount: shape.classCount)
        // Draws as they come and in order, counted ones; gathered samples and what trees are grown in; the judged samples and votes.
        return ByteCount(draws, shape.featureCount + 48) + ByteCount(judged, shape.featureCount + 12 * shape.classCount)
            + ByteCount(draws > shape.sampleCount / 16 ? shape.sampleCount : 0, 4)
    }
}
