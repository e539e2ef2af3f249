/// How a forest is grown. Two forests from equal parameters and equal tables are equal, byte for byte.
package struct ForestParameters: Codable, Hashable, Sendable {
    /// The number of trees a forest may have: the sum of as many leaf shares still fits 32 bits.
    package static let treesRange = 1...65_536

    /// The number of trees, 1…65,536.
    package let trees: Int
    /// The greatest number of splits from the root to a leaf, at least 1; nil leaves the depth unlimited.
    package let maxDepth: Int?
    /// The fewest distinct drawn samples that a leaf may hold, at least 1. A sample that was drawn twice counts once, as in
    /// scikit-learn.
    package let minSamplesLeaf: Int
    /// The number of features that a node chooses its split from.
    package let maxFeatures: MaxFeatures
    /// The number of draws, with replacement, that a tree's bootstrap consists of.
    package let maxSamples: MaxSamples
    /// How much a sample of each class weighs.
    package let classWeight: ClassWeight
    /// The seed of all random numbers. Tree t's numbers are a function of (seed, t).
    package let seed: UInt64

    /// - Throws: `ForestError` when a value is out of its range.
    package init(
        trees: Int = 100, maxDepth: Int? = nil, minSamplesLeaf: Int = 1, maxFeatures: MaxFeatures = .sqrt,
        maxSamples: MaxSamples = .all, classWeight: ClassWeight = .none, seed: UInt64 = 0
    ) throws(ForestError) {
        guard Self.treesRange.contains(trees) else { throw ForestError("trees: expected 1 to 65536, found \(trees)") }
        if let maxDepth, maxDepth < 1 { throw ForestError("max-depth: expected 1 or more, found \(maxDepth)") }
        guard minSamplesLeaf >= 1 else { throw ForestError("min-samples-leaf: expected 1 or more, found \(minSamplesLeaf)") }
        guard maxFeatures.isValid else { throw MaxFeatures.error(found: maxFeatures) }
        guard maxSamples.isValid else { throw MaxSamples.error(found: maxSamples) }
        self.trees = trees
        self.maxDepth = maxDepth
        self.minSamplesLeaf = minSamplesLeaf
        self.maxFeatures = maxFeatures
        self.maxSamples = maxSamples
        self.classWeight = classWeight
        self.seed = seed
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            trees: container.decode(Int.self, forKey: .trees),
            maxDepth: container.decodeIfPresent(Int.self, forKey: .maxDepth),
            minSamplesLeaf: container.decode(Int.self, forKey: .minSamplesLeaf),
            maxFeatures: container.decode(MaxFeatures.self, forKey: .maxFeatures),
            maxSamples: container.decode(MaxSamples.self, forKey: .maxSamples),
            classWeight: container.decode(ClassWeight.self, forKey: .classWeight),
            seed: container.decode(UInt64.self, forKey: .seed))
    }
}
