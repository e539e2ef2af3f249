internal import Forest
internal import Protocol

/// A forest that a live session has trained.
package struct LiveModel: Sendable {
    /// Ascending; another one for each forest that is shown.
    package let revision: Int
    /// The operation that it was trained after.
    package let labelSequence: Int
    /// The resolution that it was trained on, 0 for the full one.
    package let level: Int
    package let file: ModelFile
    /// Trees that are grown, of so many in all.
    package let trees: Int
    package let treesTotal: Int
    /// Pixels that were learned from, of so many that are labelled.
    package let samples: Int
    package let labelledPixels: Int
    /// Labelled pixels by label.
    package let countOfLabel: [Int: Int]
    /// From the order to train to the model.
    package let seconds: Double
    /// Whether it is an earlier one, which is shown again.
    package let isRestored: Bool

    /// Whether all trees are grown.
    package var isWhole: Bool { trees == treesTotal }

    /// Whether it is what `coppice train` makes of the same shapes.
    package var isExact: Bool { level == 0 && isWhole && samples == labelledPixels && !isRestored }

    /// Whether it is a forest of a smaller picture.
    package var isPreview: Bool { level > 0 }

    /// Whether another forest of the resolution tells the same classes apart by the same features: what one is unsure of says something of
    /// the other.
    func isComparable(to other: LiveModel) -> Bool {
        let (own, others) = (file.model, other.file.model)
        return own.input == others.input && own.classes.map(\.label) == others.classes.map(\.label)
    }
}
