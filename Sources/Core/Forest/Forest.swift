/// The trees of a model, all over the same features and classes.
package struct Forest: Sendable, Hashable {
    /// The number of features, 1…1,000.
    package let featureCount: Int
    /// The number of classes, 2…255.
    package let classCount: Int
    /// The trees, in the order of their indices; 1…65,536.
    package let trees: [Tree]

    /// - Throws: `ForestError` when a count is out of its range or a tree does not fit the counts.
    /// - Complexity: linear in the number of nodes.
    package init(featureCount: Int, classCount: Int, trees: [Tree]) throws(ForestError) {
        guard TrainingTable.featureCountRange.contains(featureCount) else {
            throw ForestError("forest: expected 1 to 1000 features, found \(featureCount)")
        }
        guard TrainingTable.classCountRange.contains(classCount) else {
            throw ForestError("forest: expected 2 to 255 classes, found \(classCount)")
        }
        guard ForestParameters.treesRange.contains(trees.count) else {
            throw ForestError("forest: expected 1 to 65536 trees, found \(trees.count)")
        }
        for (index, tree) in trees.enumerated() {
            do {
                try Tree.validate(
                    feature: tree.feature, bin: tree.bin, right: tree.right, leaves: tree.leaves,
                    featureCount: featureCount, classCount: classCount)
            } catch {
                throw ForestError("forest: tree \(index): \(error)")
            }
        }
        self.featureCount = featureCount
        self.classCount = classCount
        self.trees = trees
    }
}

/// Why a forest, its trees, its parameters or its training table are refused. `description` is one line for the user.
package struct ForestError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
