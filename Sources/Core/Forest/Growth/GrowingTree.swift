/// A node whose samples are known but that is not in the tree yet.
struct PendingNode {
    /// Its samples: `start ..< start + count` of `GrowthMemory.samples`.
    var start: Int
    var count: Int
    /// The number of splits above it.
    var depth: Int
    /// The node whose right child this is; −1 for the root and for left children.
    var rightOf: Int
}

/// The stack of pending nodes with their draws by class. The deepest left child is on top, so nodes leave in preorder.
struct PendingNodes {
    private let classCount: Int
    private var nodes: [PendingNode] = []
    /// `[pending node][class]`.
    private var draws: [Int32] = []

    init(classCount: Int) { self.classCount = classCount }

    mutating func push(_ node: PendingNode, draws nodeDraws: [Int32]) {
        nodes.append(node)
        draws.append(contentsOf: nodeDraws)
    }

    /// Takes the top node off, and writes its draws to `target`, `[class]`.
    mutating func pop(into target: UnsafeMutablePointer<Int32>) -> PendingNode? {
        guard let node = nodes.popLast() else { return nil }
        let start = draws.count - classCount
        for label in 0..<classCount { target[label] = draws[start + label] }
        draws.removeLast(classCount)
        return node
    }

    /// Pushes both children of `node`, whose draws and whose left side's draws are in `memory`.
    mutating func push(left leftCount: Int, of node: PendingNode, parent: Int, memory: GrowthMemory, localCount: Int) {
        let depth = node.depth + 1
        nodes.append(
            PendingNode(start: node.start + leftCount, count: node.count - leftCount, depth: depth, rightOf: parent))
        nodes.append(PendingNode(start: node.start, count: leftCount, depth: depth, rightOf: -1))
        let right = draws.count
        let left = right + classCount
        draws.append(contentsOf: repeatElement(0, count: 2 * classCount))
        for local in 0..<localCount {
            let label = Int(memory.classOfLocal[local])
            draws[left + label] = memory.leftDrawsOfLocal[local]
            draws[right + label] = memory.drawsOfLocal[local] - memory.leftDrawsOfLocal[local]
        }
    }
}

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
