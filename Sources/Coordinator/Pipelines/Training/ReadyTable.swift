internal import Forest
internal import Foundation
internal import Jobs
internal import Primitives

/// A training table whose blobs the run knows: trees can be grown on it.
struct ReadyTable: Sendable {
    let shape: TableShape
    /// The class of each sample.
    let classes: [UInt8]
    /// Of the table, or of its index.
    let hash: ContentHash
    /// Nil for a table that is one document.
    let blocks: [ContentHash]?
    /// Where samples of a table in blocks are read.
    private let file: TableFile?

    /// A table that is one document.
    init(_ table: TrainingTable, in run: Run) throws {
        let blob = try TableDocument(table).encoded()
        hash = ContentHash(of: blob)
        shape = table.shape
        classes = table.classes
        blocks = nil
        file = nil
        run.register(blob, as: hash)
    }

    /// Whether it is one document, which every worker gets.
    var isWhole: Bool { file == nil }

    /// Makes a table of some of the samples known, as one document; of a table that is one, the table itself.
    ///
    /// - Parameter rows: ascending; all of them of a table that is one document.
    func part(_ rows: [UInt32], in run: Run) throws -> ContentHash {
        guard let file else { return hash }
        let table = try TrainingTable(
            featureCount: shape.featureCount, classCount: shape.classCount, bins: [UInt8](try file.bins(rows)),
            classes: rows.map { classes[Int($0)] })
        let blob = try TableDocument(table).encoded()
        let hash = ContentHash(of: blob)
        run.register(blob, as: hash)
        return hash
    }

    /// Makes the samples known that trees are judged by, as a block; nil for a table that is one document.
    func judgedBlock(in run: Run) throws -> ContentHash? {
        guard let file else { return nil }
        let rows = TreeJob.judgedRows(of: shape)
        let block = TableBlock.document(
            bins: try file.bins(rows), classes: Data(rows.map { classes[Int($0)] }), featureCount: shape.featureCount)
        let hash = ContentHash(of: block)
        run.register(block, as: hash)
        return hash
    }

    /// The samples of a table in blocks that a tree is grown from.
    func drawnSamples(ofTree tree: Int, _ parameters: ForestParameters) throws -> TreeJob.DrawnSamples {
        let rows = TreeJob.drawnRows(ofTree: tree, table: shape, parameters: parameters)
        guard let file else { preconditionFailure("samples of a table that is one document") }
        return TreeJob.DrawnSamples(
            bins: try file.bins(rows), classes: Data(rows.map { classes[Int($0)] }), featureCount: shape.featureCount)
    }

    /// A table in blocks, which are read from the file whenever a worker gets one.
    init(_ file: TableFile, samplesOfClass: [Int], in run: Run) throws {
        var blocks: [ContentHash] = []
        for number in 0...(file.shape.sampleCount - 1) / file.samplesPerBlock {
            let hash = ContentHash(of: try file.block(number))
            blocks.append(hash)
            run.register(as: hash) { try file.block(number) }
        }
        let index = try TableIndex(
            shape: file.shape, samplesOfClass: samplesOfClass, samplesPerBlock: file.samplesPerBlock, blocks: blocks
        ).encoded()
        hash = ContentHash(of: index)
        shape = file.shape
        classes = try file.classes()
        self.blocks = blocks
        self.file = file
        run.register(index, as: hash)
    }
}
