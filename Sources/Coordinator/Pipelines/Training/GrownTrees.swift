internal import Forest
internal import Jobs
internal import Protocol

/// The result of a tree job, decoded and checked against the table that the trees were grown on.
struct GrownTrees: Sendable {
    let firstTree: Int
    let trees: [Tree]
    /// `[tree][feature]`, finite, 0…1.
    let importances: [[Double]]
    /// `[judged sample][class]`.
    let outOfBagVotes: [UInt32]

    /// - Throws: `WireError.invalid` for a result that cannot be the job's.
    init(_ output: TreeJob.Output, firstTree: Int, treeCount: Int, table: TableShape) throws(WireError) {
        let features = table.featureCount
        let classes = table.classCount
        guard output.trees.count == treeCount else {
            throw .invalid("trees: expected \(treeCount), found \(output.trees.count)")
        }
        try output.importances.require(.float64, [treeCount, features], "importances")
        let importances = output.importances.elements(as: Double.self)
        guard importances.allSatisfy({ $0 >= 0 && $0 <= 1.000_001 }) else {
            throw .invalid("importances: expected shares from 0 to 1")
        }
        let rows = OutOfBag.rowCount(sampleCount: table.sampleCount, classCount: classes)
        try output.outOfBagVotes.require(.uint32, [rows, classes], "outOfBagVotes")
        let votes = output.outOfBagVotes.elements(as: UInt32.self)
        let votesMax = treeCount * Int(Tree.leafTotal)
        guard votes.allSatisfy({ Int($0) <= votesMax }) else {
            throw .invalid("outOfBagVotes: expected sums up to \(votesMax)")
        }
        var trees: [Tree] = []
        for (offset, document) in output.trees.enumerated() {
            trees.append(
                try document.tree(featureCount: features, classCount: classes, place: "trees[\(firstTree + offset)]"))
        }
        self.firstTree = firstTree
        self.trees = trees
        self.importances = (0..<treeCount).map { Array(importances[$0 * features..<($0 + 1) * features]) }
        outOfBagVotes = votes
    }
}
