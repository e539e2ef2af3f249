package import Forest

/// A tree in a model file and in a tree job's result: four packed arrays, nodes in preorder.
///
/// Node `i` is a split if `feature[i]` is not 65535: it sends a sample to node `i + 1` when the sample's bin of that feature is
/// at most `bin[i]`, else to node `right[i]`. A leaf's `right[i]` is its row in `leaves`, whose values sum to 65535.
package struct TreeDocument: Codable, Hashable, Sendable {
    /// uint16 `[nodes]`.
    package var feature: WireArray
    /// uint8 `[nodes]`.
    package var bin: WireArray
    /// uint32 `[nodes]`.
    package var right: WireArray
    /// uint16 `[rows][classes]`.
    package var leaves: WireArray

    package init(_ tree: Tree, classCount: Int) {
        feature = WireArray(tree.feature, .uint16)
        bin = WireArray(tree.bin, .uint8)
        right = WireArray(tree.right, .uint32)
        leaves = WireArray(tree.leaves, .uint16, shape: [tree.leaves.count / classCount, classCount])
    }

    /// The tree, after all its invariants have been checked.
    ///
    /// - Parameter place: how messages name the tree, such as `trees[3]`.
    package func tree(featureCount: Int, classCount: Int, place: String) throws(WireError) -> Tree {
        try feature.require(.uint16, [nil], "\(place).feature")
        let nodes = feature.count
        try bin.require(.uint8, [nodes], "\(place).bin")
        try right.require(.uint32, [nodes], "\(place).right")
        try leaves.require(.uint16, [nil, classCount], "\(place).leaves")
        do {
            return try Tree(
                feature: feature.elements(as: UInt16.self), bin: bin.elements(as: UInt8.self),
                right: right.elements(as: UInt32.self), leaves: leaves.elements(as: UInt16.self),
                featureCount: featureCount, classCount: classCount)
        } catch {
            throw .invalid("\(place): \(error)")
        }
    }
}
