/// Grows trees on a table in blocks: the drawn samples of a tree are gathered first, and the tree is grown on them alone. It is the tree
/// that would be grown on the whole table.
struct BlockedGrowth {
    private let table: BlockedTable
    private let parameters: ForestParameters
    private(set) var outOfBag: OutOfBag
    /// The judged samples: rows of the table, ascending, and their bins.
    private let judged: [UInt32]
    private let judgedBins: [UInt8]

    init(table: BlockedTable, parameters: ForestParameters) throws(JobError) {
        self.table = table
        self.parameters = parameters
        let outOfBag = OutOfBag(sampleCount: table.shape.sampleCount, classCount: table.shape.classCount)
        judged = (0..<outOfBag.rowCount).map { UInt32(outOfBag.sample(ofRow: $0)) }
        judgedBins = try table.gather(judged).bins
        self.outOfBag = outOfBag
    }

    /// Grows tree `index`, and adds its votes to `outOfBag`.
    mutating func grow(treeIndex index: Int, with grower: TreeGrower) throws(JobError) -> GrownTree {
        let shape = table.shape
        let drawn = DrawnRows(
            seed: parameters.seed, tree: index, sampleCount: shape.sampleCount,
            draws: parameters.maxSamples.count(of: shape.sampleCount))
        let (bins, classes) = try table.gather(drawn.rows)
        let part: TrainingTable
        do {
            part = try TrainingTable(
                featureCount: shape.featureCount, classCount: shape.classCount, bins: bins, classes: classes)
        } catch {
            throw .invalid("table: \(error)")
        }
        let grown = grower.grow(
            treeIndex: index, table: part, drawn: drawn.counts, samplesOfClass: table.samplesOfClass, parameters: parameters)
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
