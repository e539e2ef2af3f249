/// A forest laid out for prediction: prepared once per model, immutable, shared by all slots.
package final class ForestPredictor: Sendable {
    /// The number of features of a sample.
    package let featureCount: Int
    /// The number of classes.
    package let classCount: Int
    /// The number of trees.
    package let treeCount: Int
    /// `[feature]`: whether a split of any tree uses it. Bins of the others are never read.
    package let usesFeature: [Bool]

    /// Words of `PackedNode`, tree behind tree, each in preorder.
    let nodes: [UInt64]
    /// `[tree]`: the first node.
    let roots: [Int]
    /// `[mixed row][class slot]`: the shares of a mixed leaf, `classSlots` per row, 0 behind the last class.
    let mixedRows: [UInt32]
    /// `classCount` rounded up to a multiple of four.
    let classSlots: Int
    /// Whether no leaf shares among several classes.
    let isPure: Bool
    /// The features that splits use, ascending.
    let usedFeatures: [Int]

    /// - Precondition: the forest has fewer than 2³² nodes and mixed leaf rows.
    /// - Complexity: linear in the number of nodes.
    package init(forest: Forest) {
        featureCount = forest.featureCount
        classCount = forest.classCount
        treeCount = forest.trees.count
        classSlots = (forest.classCount + 3) & ~3
        var nodes: [UInt64] = []
        var roots: [Int] = []
        var mixedRows: [UInt32] = []
        var usesFeature = [Bool](repeating: false, count: forest.featureCount)
        nodes.reserveCapacity(forest.trees.reduce(0) { $0 + $1.nodeCount })
        for tree in forest.trees {
            let root = nodes.count
            precondition(root + tree.nodeCount < Int(UInt32.max), "\(root + tree.nodeCount) nodes")
            roots.append(root)
            let leaves = Self.packLeaves(of: tree, classCount: classCount, classSlots: classSlots, mixedRows: &mixedRows)
            for node in tree.feature.indices {
                if tree.feature[node] == Tree.leafMark {
                    nodes.append(leaves[Int(tree.right[node])].word)
                } else {
                    usesFeature[Int(tree.feature[node])] = true
                    let right = root + Int(tree.right[node])
                    nodes.append(PackedNode(feature: tree.feature[node], bin: tree.bin[node], right: right).word)
                }
            }
        }
        self.nodes = nodes
        self.roots = roots
        self.mixedRows = mixedRows
        isPure = mixedRows.isEmpty
        self.usesFeature = usesFeature
        usedFeatures = usesFeature.indices.filter { usesFeature[$0] }
    }

    /// One packed leaf per leaf row of `tree`.
    private static func packLeaves(
        of tree: Tree, classCount: Int, classSlots: Int, mixedRows: inout [UInt32]
    ) -> [PackedNode] {
        (0..<tree.leaves.count / classCount).map { row in
            let shares = tree.leaves[row * classCount..<(row + 1) * classCount]
            if let pure = shares.firstIndex(of: UInt16(Tree.leafTotal)) { return PackedNode(pure: pure - shares.startIndex) }
            mixedRows.append(contentsOf: shares.lazy.map(UInt32.init))
            mixedRows.append(contentsOf: repeatElement(0, count: classSlots - classCount))
            return PackedNode(mixedRow: mixedRows.count / classSlots - 1)
        }
    }
}

/// A node of a tree in the eight bytes in which prediction reads it.
///
/// Bits 0…31 the right child of a split or the row of a mixed leaf, bits 32…47 the feature of a split, bits 48…55 the bin of a
/// split or the class of a pure leaf, bits 56…57 the kind. The left child of a split is the next node.
struct PackedNode {
    static let splitKind: UInt64 = 0
    static let pureKind: UInt64 = 1
    static let mixedKind: UInt64 = 2

    let word: UInt64

    @inline(__always)
    init(word: UInt64) { self.word = word }

    /// A split; `right` counts from the first node of the forest.
    init(feature: UInt16, bin: UInt8, right: Int) {
        word = UInt64(UInt32(right)) | UInt64(feature) << 32 | UInt64(bin) << 48 | Self.splitKind << 56
    }

    /// A leaf that gives all of its share to one class.
    init(pure label: Int) { word = UInt64(label) << 48 | Self.pureKind << 56 }

    /// A leaf that shares among several classes by row `row` of the forest's mixed rows.
    init(mixedRow row: Int) { word = UInt64(UInt32(row)) | Self.mixedKind << 56 }

    @inline(__always)
    var isSplit: Bool { word >> 56 == Self.splitKind }

    @inline(__always)
    var isPure: Bool { word >> 56 == Self.pureKind }

    @inline(__always)
    var feature: Int { Int(truncatingIfNeeded: word >> 32 & 0xFFFF) }

    @inline(__always)
    var bin: UInt8 { UInt8(truncatingIfNeeded: word >> 48) }

    /// The class of a pure leaf.
    @inline(__always)
    var label: Int { Int(bin) }

    /// The right child of a split or the row of a mixed leaf.
    @inline(__always)
    var right: Int { Int(UInt32(truncatingIfNeeded: word)) }
}
