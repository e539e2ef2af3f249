extension Tree {
    /// Checks arrays that may come from anywhere.
    ///
    /// The nodes are read once, in order. In preorder the right child of a split lies exactly behind its left subtree, so a stack
    /// of the right children to come tells at every leaf which node must follow; hence every node is reached exactly once, and
    /// there is no cycle.
    ///
    /// - Throws: `TreeError` with the first thing that is wrong.
    /// - Complexity: linear in the number of nodes and leaf entries.
    package static func validate(
        feature: [UInt16], bin: [UInt8], right: [UInt32], leaves: [UInt16], featureCount: Int, classCount: Int
    ) throws(TreeError) {
        precondition(featureCount >= 1 && classCount >= 1, "\(featureCount) features, \(classCount) classes")
        guard feature.count == bin.count, feature.count == right.count else {
            throw .arrayLengths(feature: feature.count, bin: bin.count, right: right.count)
        }
        guard !feature.isEmpty else { throw .empty }
        let rows = try leafRows(of: leaves, classCount: classCount)
        var pending: [Int] = []
        for node in feature.indices {
            if feature[node] != leafMark {
                guard feature[node] < featureCount else {
                    throw .feature(node: node, feature: Int(feature[node]), featureCount: featureCount)
                }
                pending.append(node)
                continue
            }
            guard right[node] < rows else { throw .leafRow(node: node, row: Int(right[node]), rows: rows) }
            guard bin[node] == 0 else { throw .leafBin(node: node, bin: Int(bin[node])) }
            let next = node + 1
            if let split = pending.popLast() {
                guard right[split] == next else {
                    throw .rightChild(node: split, expected: next, found: Int(right[split]))
                }
                guard next < feature.count else { throw .unfinished(nodes: feature.count) }
            } else if next < feature.count {
                throw .unreachable(node: next)
            }
        }
        guard pending.isEmpty else { throw .unfinished(nodes: feature.count) }
    }

    private static func leafRows(of leaves: [UInt16], classCount: Int) throws(TreeError) -> Int {
        guard !leaves.isEmpty, leaves.count % classCount == 0 else {
            throw .leafShape(values: leaves.count, classCount: classCount)
        }
        let rows = leaves.count / classCount
        for row in 0..<rows {
            let sum = leaves[row * classCount..<(row + 1) * classCount].reduce(0) { $0 + UInt32($1) }
            guard sum == leafTotal else { throw .leafSum(row: row, sum: Int(sum)) }
        }
        return rows
    }
}
