extension Tree {
    /// Checks arrays that may come from anywhere.
    ///
    /// The nodes are read once, in order. In preorder the right child of a split lies exactly behind its left subtree, so a stack
    /// of the right children to come tells at every leaf which node must follow; hence every node is reached exactly once, and
    /// there is no cycle.
    ///
    /// - Throws: `ForestError` with the first thing that is wrong.
    /// - Complexity: linear in the number of nodes and leaf entries.
    package static func validate(
        feature: [UInt16], bin: [UInt8], right: [UInt32], leaves: [UInt16], featureCount: Int, classCount: Int
    ) throws(ForestError) {
        precondition(featureCount >= 1 && classCount >= 1, "\(featureCount) features, \(classCount) classes")
        guard feature.count == bin.count, feature.count == right.count else {
            throw ForestError(
                "tree: expected arrays of one length, found \(feature.count) features, \(bin.count) bins and \(right.count) right children"
            )
        }
        guard !feature.isEmpty else { throw ForestError("tree: expected at least one node, found none") }
        let rows = try leafRows(of: leaves, classCount: classCount)
        var pending: [Int] = []
        for node in feature.indices {
            if feature[node] != leafMark {
                guard feature[node] < featureCount else {
                    throw ForestError("tree: node \(node): expected a feature below \(featureCount), found \(feature[node])")
                }
                pending.append(node)
                continue
            }
            guard right[node] < rows else {
                throw ForestError("tree: node \(node): expected a leaf row below \(rows), found \(right[node])")
            }
            guard bin[node] == 0 else {
                throw ForestError("tree: node \(node): expected bin 0 at a leaf, found \(bin[node])")
            }
            let next = node + 1
            if let split = pending.popLast() {
                guard right[split] == next else {
                    throw ForestError(
                        "tree: node \(split): expected its right child behind its left subtree at node \(next), "
                            + "found \(right[split])")
                }
                guard next < feature.count else { throw unfinished(feature.count) }
            } else if next < feature.count {
                throw ForestError("tree: expected the end behind node \(node), found node \(next), which nothing leads to")
            }
        }
        guard pending.isEmpty else { throw unfinished(feature.count) }
    }

    private static func unfinished(_ nodeCount: Int) -> ForestError {
        ForestError("tree: expected another subtree behind node \(nodeCount - 1), found the end")
    }

    private static func leafRows(of leaves: [UInt16], classCount: Int) throws(ForestError) -> Int {
        guard !leaves.isEmpty, leaves.count % classCount == 0 else {
            throw ForestError("tree: expected leaf rows of \(classCount) classes, found \(leaves.count) values")
        }
        let rows = leaves.count / classCount
        for row in 0..<rows {
            let sum = leaves[row * classCount..<(row + 1) * classCount].reduce(0) { $0 + UInt32($1) }
            guard sum == leafTotal else {
                throw ForestError("tree: leaf row \(row): expected a sum of 65535, found \(sum)")
            }
        }
        return rows
    }
}
