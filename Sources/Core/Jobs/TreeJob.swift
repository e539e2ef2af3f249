package import Forest
package import Foundation
package import Primitives
package import Protocol

/// Grow the trees `firstTree ..< firstTree + treeCount` of a forest on a training table.
package struct TreeJob: Job {
    package static let kind = "trees"

    /// The training table, or its index.
    package var table: ContentHash
    /// The blocks that the index names, in its order; nil for a table that is one document.
    package var blocks: [ContentHash]?
    /// For each tree the samples that it is grown from, of a table of which the worker has only the index; nil for one that it has.
    package var drawn: [DrawnSamples]?
    /// A block of the samples that trees are judged by, beside `drawn`.
    package var judged: ContentHash?
    package var parameters: ForestParameters
    package var firstTree: Int
    /// 1…`treeCountMax`.
    package var treeCount: Int

    /// No job grows more trees than this: what they take grows with their number, and only its table bounds one tree.
    package static let treeCountMax = 256

    package init(
        table: ContentHash, blocks: [ContentHash]? = nil, parameters: ForestParameters, firstTree: Int, treeCount: Int
    ) {
        self.table = table
        self.blocks = blocks
        self.parameters = parameters
        self.firstTree = firstTree
        self.treeCount = treeCount
    }

    package var blobs: [ContentHash] { [table] + (blocks ?? []) + [judged].compactMap { $0 } }

    /// Samples of a table that were drawn for a tree, each once, ascending.
    package struct DrawnSamples: Codable, Sendable {
        /// uint8 `[sample][feature]`.
        package var bins: WireArray
        /// uint8 `[sample]`: class indices.
        package var classes: WireArray

        package init(bins: Data, classes: Data, featureCount: Int) {
            self.bins = WireArray(dtype: .uint8, shape: [classes.count, featureCount], bytes: bins)
            self.classes = WireArray(dtype: .uint8, shape: [classes.count], bytes: classes)
        }
    }

    /// The rows of the table that a tree is grown from, ascending.
    package static func drawnRows(ofTree tree: Int, table: TableShape, parameters: ForestParameters) -> [UInt32] {
        BlockedGrowth.drawnRows(ofTree: tree, table, parameters).rows
    }

    /// The rows of the table that trees are judged by, ascending.
    package static func judgedRows(of table: TableShape) -> [UInt32] { BlockedGrowth.judgedRows(of: table) }

    package struct Output: Codable, Sendable {
        package var trees: [TreeDocument]
        /// float64 `[trees][features]`: mean decrease in impurity, each row summing to 1 or 0.
        package var importances: WireArray
        /// uint32 `[judged samples][classes]`: leaf votes of the trees that had not seen the sample.
        package var outOfBagVotes: WireArray
    }

    package func workspaceBytes(blobs: BlobSet) -> ByteCount {
        if blocks != nil || drawn != nil {
            guard let index = try? blobs.index(table), let shape = try? index.shape() else { return ByteCount(0) }
            return BlockedGrowth.workspaceBytes(shape, parameters: parameters) + ByteCount(treeCount, 3 * 8, shape.featureCount)
        }
        guard let table = try? blobs.table(table) else { return ByteCount(0) }
        // Drawn samples and their order, draws, and a tree; the votes of the judged samples and the importances, as they are and
        // as text.
        return ByteCount(table.sampleCount, 48) + ByteCount(min(table.sampleCount, OutOfBag.rowCountMax), 12, table.classCount)
            + ByteCount(treeCount, 3 * 8, table.featureCount)
    }

    package func run(in slot: SlotWorkspace, blobs: BlobSet) throws(JobError) -> Output {
        guard firstTree >= 0, treeCount >= 1, firstTree < parameters.trees, treeCount <= parameters.trees - firstTree else {
            throw .invalid("trees: expected some of 0 to \(parameters.trees - 1), found \(treeCount) from \(firstTree) on")
        }
        guard treeCount <= Self.treeCountMax else {
            throw .invalid("treeCount: expected at most \(Self.treeCountMax), found \(treeCount)")
        }
        if let drawn { return try grow(on: drawn, in: slot, blobs) }
        return blocks == nil ? try growOnTable(in: slot, blobs) : try growOnBlocks(in: slot, blobs)
    }

    private func growOnTable(in slot: SlotWorkspace, _ blobs: BlobSet) throws(JobError) -> Output {
        let table = try blobs.table(table)
        var grown: [GrownTree] = []
        var outOfBag = OutOfBag(sampleCount: table.sampleCount, classCount: table.classCount)
        for index in firstTree..<firstTree + treeCount {
            try slot.checkCancellation()
            let one = slot.grower.grow(treeIndex: index, table: table, parameters: parameters)
            grown.append(one)
            outOfBag.add(one.tree, bootstrap: Bootstrap(tree: index, table: table, parameters: parameters), table: table)
        }
        return output(grown, outOfBag, table.shape)
    }

    private func growOnBlocks(in slot: SlotWorkspace, _ blobs: BlobSet) throws(JobError) -> Output {
        guard blocks == (try blobs.index(table)).blocks else { throw .invalid("blocks: expected those that the index names") }
        let table = try blobs.blockedTable(table)
        let gather = { (rows: [UInt32]) throws(JobError) in try table.gather(rows) }
        var growth = try BlockedGrowth(
            table.shape, samplesOfClass: table.samplesOfClass, parameters: parameters, judgedSamples: gather)
        var grown: [GrownTree] = []
        for index in firstTree..<firstTree + treeCount {
            try slot.checkCancellation()
            grown.append(try growth.grow(treeIndex: index, with: slot.grower, samples: gather))
        }
        return output(grown, growth.outOfBag, table.shape)
    }

    private func grow(on drawn: [DrawnSamples], in slot: SlotWorkspace, _ blobs: BlobSet) throws(JobError) -> Output {
        guard drawn.count == treeCount, let judged else {
            throw .invalid("drawn: expected the samples of \(treeCount) trees and of those that are judged, found \(drawn.count)")
        }
        let index = try blobs.index(table)
        let shape: TableShape
        do {
            shape = try index.shape()
        } catch {
            throw .invalid(error.description)
        }
        var growth = try BlockedGrowth(shape, samplesOfClass: index.samplesOfClass, parameters: parameters) {
            (rows) throws(JobError) in try blobs.samples(judged, count: rows.count, of: shape)
        }
        var grown: [GrownTree] = []
        for (offset, samples) in drawn.enumerated() {
            try slot.checkCancellation()
            grown.append(
                try growth.grow(treeIndex: firstTree + offset, with: slot.grower) { (rows) throws(JobError) in
                    do throws(WireError) {
                        try samples.bins.require(.uint8, [rows.count, shape.featureCount], "drawn[\(offset)].bins")
                        try samples.classes.require(.uint8, [rows.count], "drawn[\(offset)].classes")
                    } catch {
                        throw .invalid(error.description)
                    }
                    return ([UInt8](samples.bins.bytes), [UInt8](samples.classes.bytes))
                })
        }
        return output(grown, growth.outOfBag, shape)
    }

    private func output(_ grown: [GrownTree], _ outOfBag: OutOfBag, _ shape: TableShape) -> Output {
        Output(
            trees: grown.map { TreeDocument($0.tree, classCount: shape.classCount) },
            importances: WireArray(grown.flatMap(\.importances), .float64, shape: [treeCount, shape.featureCount]),
            // Not deflated: that would take longer than some of the trees.
            outOfBagVotes: WireArray(outOfBag.votes, .uint32, shape: [outOfBag.rowCount, shape.classCount]))
    }

    package func check(_ output: Output) throws(WireError) {
        guard output.trees.count == treeCount else {
            throw .invalid("trees: expected \(treeCount), found \(output.trees.count)")
        }
        try output.importances.require(.float64, [treeCount, nil], "importances")
        try output.outOfBagVotes.require(.uint32, [nil, nil], "outOfBagVotes")
    }
}
