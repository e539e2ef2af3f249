/// A tree and what its growth says about the features.
package struct GrownTree: Sendable, Equatable {
    /// The tree.
    package let tree: Tree
    /// `[feature]`: the weighted decrease of the Gini impurity over the tree's splits by that feature, as a share of the sum over
    /// all features (scikit-learn's importance of one tree); all 0 if the tree has no split that decreases it.
    package let importances: [Double]
}
