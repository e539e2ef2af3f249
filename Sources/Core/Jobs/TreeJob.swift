/// Grow the trees `firstTree ..< firstTree + treeCount` of a forest on a training table.
public struct TreeJob: Job {
    public static let kind = "trees"

    /// The training table.
    public var table: ContentHash
    public var parameters: ForestParameters
    public var firstTree: Int
    /// 1…`treeCountMax`.
    public var treeCount: Int

    /// No job grows more trees than this: what they take grows with their number, and only its table bounds one tree.
    public static let treeCountMax = 256

    public init(table: ContentHash, parameters: ForestParameters, firstTree: Int, treeCount: Int) {
        self.table = table
        self.parameters = parameters
        self.firstTree = firstTree
        self.treeCount = treeCount
    }

    public var blobs: [ContentHash] { [table] }

    public struct Output: Codable, Sendable {
        public var trees: [TreeDocument]
        /// float64 `[trees][features]`: mean decrease in impurity, each row summing to 1 or 0.
        public var importances: WireArray
        /// uint32 `[judged samples][classes]`: leaf votes of the trees that had not seen the sample.
        public var outOfBagVotes: WireArray
    }

    public func workspaceBytes(blobs: BlobSet) -> ByteCount {
        guard let table = try? blobs.table(table) else { return ByteCount(0) }
        // Drawn samples and their order, draws, and a tree; the votes of the judged samples and the importances, as they are and
        // as text.
        return ByteCount(table.sampleCount, 48) + ByteCount(min(table.sampleCount, OutOfBag.rowCountMax), 12, table.classCount)
            + ByteCount(treeCount, 3 * 8, table.featureCount)
    }

    public func run(in slot: SlotWorkspace, blobs: BlobSet) throws(JobError) -> Output {
        let table = try blobs.table(table)
        guard firstTree >= 0, treeCount >= 1, firstTree < parameters.trees, treeCount <= parameters.trees - firstTree else {
            throw .invalid("trees: expected some of 0 to \(parameters.trees - 1), found \(treeCount) from \(firstTree) on")
        }
        guard treeCount <= Self.treeCountMax else {
            throw .invalid("treeCount: expected at most \(Self.treeCountMax), found \(treeCount)")
        }
        var trees: [TreeDocument] = []
        var importances: [Double] = []
        var outOfBag = OutOfBag(sampleCount: table.sampleCount, classCount: table.classCount)
        for index in firstTree..<firstTree + treeCount {
            try slot.checkCancellation()
            let grown = slot.grower.grow(treeIndex: index, table: table, parameters: parameters)
            trees.append(TreeDocument(grown.tree, classCount: table.classCount))
            importances += grown.importances
            outOfBag.add(grown.tree, bootstrap: Bootstrap(tree: index, table: table, parameters: parameters), table: table)
        }
        return Output(
            trees: trees,
            importances: WireArray(importances, .float64, shape: [treeCount, table.featureCount]),
            // Not deflated: that would take longer than some of the trees.
            outOfBagVotes: WireArray(outOfBag.votes, .uint32, shape: [outOfBag.rowCount, table.classCount]))
    }

    public func check(_ output: Output) throws(WireError) {
        guard output.trees.count == treeCount else {
            throw .invalid("trees: expected \(treeCount), found \(output.trees.count)")
        }
        try output.importances.require(.float64, [treeCount, nil], "importances")
        try output.outOfBagVotes.require(.uint32, [nil, nil], "outOfBagVotes")
    }
}
