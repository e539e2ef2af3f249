internal import Core

/// A training table whose blobs the cluster knows: trees can be grown on it.
struct ReadyTable: Sendable {
    let shape: TableShape
    /// The class of each sample.
    let classes: [UInt8]
    /// Of the table, or of its index.
    let hash: ContentHash
    /// Nil for a table that is one document.
    let blocks: [ContentHash]?

    /// A table that is one document.
    init(_ table: TrainingTable, in cluster: Cluster) throws {
        let blob = try TableDocument(table).encoded()
        hash = ContentHash(of: blob)
        shape = table.shape
        classes = table.classes
        blocks = nil
        cluster.register(blob, as: hash)
    }

    /// A table in blocks, which are read from the file whenever a worker gets one.
    init(_ file: TableFile, samplesOfClass: [Int], in cluster: Cluster) throws {
        var blocks: [ContentHash] = []
        for number in 0...(file.shape.sampleCount - 1) / file.samplesPerBlock {
            let hash = ContentHash(of: try file.block(number))
            blocks.append(hash)
            cluster.register(as: hash) { try file.block(number) }
        }
        let index = try TableIndex(
            shape: file.shape, samplesOfClass: samplesOfClass, samplesPerBlock: file.samplesPerBlock, blocks: blocks
        ).encoded()
        hash = ContentHash(of: index)
        shape = file.shape
        classes = try file.classes()
        self.blocks = blocks
        cluster.register(index, as: hash)
    }
}
