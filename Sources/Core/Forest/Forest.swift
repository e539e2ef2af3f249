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
        guard TrainingTable.featureCountRange.contains(featureCount) else { throw .features(featureCount) }
        guard TrainingTable.classCountRange.contains(classCount) else { throw .classes(classCount) }
        guard ForestParameters.treesRange.contains(trees.count) else { throw .trees(trees.count) }
        for (index, tree) in trees.enumerated() {
            do {
                try Tree.validate(
                    feature: tree.feature, bin: tree.bin, right: tree.right, leaves: tree.leaves,
                    featureCount: featureCount, classCount: classCount)
            } catch {
                throw .tree(index: index, error)
            }
        }
        self.featureCount = featureCount
        self.classCount = classCount
        self.trees = trees
    }
}

/// Why trees are no forest. `description` is one line for the user.
package enum ForestError: Error, Equatable, Sendable, CustomStringConvertible {
    case features(Int)
    case classes(Int)
    case trees(Int)
    case tree(index: Int, TreeError)

    package var description: String {
        switch self {
        case .features(let found): "forest: expected 1 to 1000 features, found \(found)"
        case .classes(let found): "forest: expected 2 to 255 classes, found \(found)"
        case .trees(let found): "forest: expected 1 to 65536 trees, found \(found)"
        case .tree(let index, let error): "forest: tree \(index): \(error)"
        }
    }
}
