/// The arrays of a tree while it grows.
struct TreeArrays {
    private var feature: [UInt16] = []
    private var bin: [UInt8] = []
    private var right: [UInt32] = []
    private var leaves: LeafTable

    init(classCount: Int, weights: NodeWeights) {
        leaves = LeafTable(classCount: classCount, weights: weights.areEqual ? nil : weights.ofClass)
    }

    /// Makes the node appended next the right child of `node`, if there is one.
    mutating func connect(rightOf node: Int) {
        if node >= 0 { right[node] = UInt32(feature.count) }
    }

    /// Appends a split, whose right child is connected later, and returns its index.
    mutating func appendSplit(feature splitFeature: UInt32, bin splitBin: UInt8) -> Int {
        feature.append(UInt16(splitFeature))
        bin.append(splitBin)
        right.append(0)
        return feature.count - 1
    }

    /// Appends a leaf with the given draws per class, or of one class only.
    mutating func appendLeaf(draws: UnsafePointer<Int32>, pure label: Int?) {
        feature.append(Tree.leafMark)
        bin.append(0)
        if let label {
            right.append(leaves.row(ofPure: label))
        } else {
            right.append(leaves.row(ofDraws: draws))
        }
    }

    /// The finished tree.
    var tree: Tree { Tree(unchecked: (feature, bin, right, leaves.values)) }
}
