/// One decision tree over byte bins, packed in preorder.
///
/// Node i is a split if `feature[i]` is not `leafMark`. A sample whose bin of that feature is at most `bin[i]` goes on to the
/// left child, which is node i + 1, any other to the right child, node `right[i]`. At a leaf `bin[i]` is 0 and `right[i]` is its
/// row in `leaves`.
///
/// `leaves` is `[row][class]`: how the leaf's weight is shared among the classes, in parts of `leafTotal`. Rows are distinct and
/// in the order in which the leaves first use them. All arrays fulfil what `Tree.validate` checks.
package struct Tree: Sendable, Hashable {
    /// The value of `feature` that marks a leaf.
    package static let leafMark: UInt16 = 0xFFFF
    /// The sum of every row of `leaves`.
    package static let leafTotal: UInt32 = 65_535

    /// Per node: the feature compared, or `leafMark`.
    package let feature: [UInt16]
    /// Per node: the last bin that goes left.
    package let bin: [UInt8]
    /// Per node: the right child of a split, the row of a leaf.
    package let right: [UInt32]
    /// `[row][class]`, row-major.
    package let leaves: [UInt16]

    /// A tree from elsewhere, checked.
    ///
    /// - Throws: `ForestError` if the arrays are no tree over `featureCount` features and `classCount` classes.
    /// - Complexity: linear in the number of nodes and leaf entries.
    package init(
        feature: [UInt16], bin: [UInt8], right: [UInt32], leaves: [UInt16], featureCount: Int, classCount: Int
    ) throws(ForestError) {
        try Self.validate(
            feature: feature, bin: bin, right: right, leaves: leaves, featureCount: featureCount, classCount: classCount)
        self.init(unchecked: (feature, bin, right, leaves))
    }

    /// A tree that was grown here and so fulfils the invariants.
    init(unchecked arrays: (feature: [UInt16], bin: [UInt8], right: [UInt32], leaves: [UInt16])) {
        feature = arrays.feature
        bin = arrays.bin
        right = arrays.right
        leaves = arrays.leaves
    }

    /// The number of nodes, splits and leaves together.
    package var nodeCount: Int { feature.count }

    /// The number of splits on the longest way from the root to a leaf.
    ///
    /// - Complexity: linear in the number of nodes.
    package var depth: Int {
        var deepest = 0
        var current = 0
        var pending: [Int] = []
        for node in feature.indices {
            deepest = max(deepest, current)
            if feature[node] != Self.leafMark {
                current += 1
                pending.append(current)
            } else {
                current = pending.popLast() ?? 0
            }
        }
        return deepest
    }

    /// The row of `leaves` that a sample's bins lead to.
    ///
    /// - Parameter row: one bin per feature.
    func leafRow(of row: UnsafePointer<UInt8>) -> Int {
        var node = 0
        while feature[node] != Self.leafMark {
            node = row[Int(feature[node])] <= bin[node] ? node + 1 : Int(right[node])
        }
        return Int(right[node])
    }
}

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
