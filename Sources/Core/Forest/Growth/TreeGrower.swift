internal import CKernels

/// Grows single trees; one per slot, as it owns the buffers that trees reuse. Not thread-safe.
///
/// The rules are those of scikit-learn's `RandomForestClassifier` (Breiman: "Random forests", 2001) on byte bins:
///
/// 1. The tree's bootstrap is drawn, and its samples become the root.
/// 2. A node becomes a leaf if it holds one class, lies at the greatest depth, or holds fewer than two leaves' samples.
/// 3. Otherwise the best split of its drawn features is taken (`SplitSearch`), even if it does not decrease the impurity; if
///    there is none, the node becomes a leaf.
/// 4. The samples are partitioned in place, in their order, and the left child is grown before the right one.
///
/// A feature that is constant in a node does not count as looked at, so a node looks at as many useful features as were asked
/// for, as long as there are any. (scikit-learn counts constant features that it draws, up to the first useful one.)
package final class TreeGrower {
    /// The bootstrap of the tree grown last.
    package private(set) var bootstrap = Bootstrap(seed: 0, tree: 0, sampleCount: 1, draws: 1)

    private let memory = GrowthMemory()
    private let sortedSamplesMax: Int
    private let sortedDrawsMax: Int

    /// A grower without buffers yet.
    package convenience init() { self.init(sortedSamplesMax: 160, sortedDrawsMax: forest_small_draws_max) }

    /// Sets the limits between the ways of searching a node. They change the speed, never the tree.
    ///
    /// - Parameters:
    ///   - sortedSamplesMax: the samples of the largest node that is searched by sorting, 0…256.
    ///   - sortedDrawsMax: the most draws of one sample if nodes are to be searched by sorting alone, 0…31.
    init(sortedSamplesMax: Int, sortedDrawsMax: Int) {
        precondition((0...forest_small_samples_max).contains(sortedSamplesMax), "\(sortedSamplesMax) samples")
        precondition((0...forest_small_draws_max).contains(sortedDrawsMax), "\(sortedDrawsMax) draws")
        self.sortedSamplesMax = sortedSamplesMax
        self.sortedDrawsMax = sortedDrawsMax
    }

    /// Grows tree `index` of the forest that `parameters` describe: a function of the arguments only.
    ///
    /// - Complexity: O(N · F′ · depth) for N drawn samples and F′ features looked at per node; no recursion, and no allocation
    ///   per node once the buffers are large enough.
    package func grow(treeIndex index: Int, table: TrainingTable, parameters: ForestParameters) -> GrownTree {
        precondition(index >= 0, "tree \(index)")
        memory.reserve(for: table)
        bootstrap.draw(
            seed: parameters.seed, tree: index, sampleCount: table.sampleCount,
            draws: parameters.maxSamples.count(of: table.sampleCount))
        return grow(index, table, parameters, samplesOfClass: table.samplesOfClass)
    }

    /// Grows tree `index` on those samples of a larger table that were drawn for it.
    ///
    /// - Parameters:
    ///   - table: the drawn samples, in the order of the larger table.
    ///   - drawn: how often each was drawn, at least once.
    ///   - samplesOfClass: of the larger table.
    package func grow(
        treeIndex index: Int, table: TrainingTable, drawn: [UInt32], samplesOfClass: [Int], parameters: ForestParameters
    ) -> GrownTree {
        precondition(drawn.count == table.sampleCount, "\(drawn.count) counts of \(table.sampleCount) samples")
        memory.reserve(for: table)
        bootstrap = Bootstrap(counts: drawn)
        return grow(index, table, parameters, samplesOfClass: samplesOfClass)
    }

    private func grow(
        _ index: Int, _ table: TrainingTable, _ parameters: ForestParameters, samplesOfClass: [Int]
    ) -> GrownTree {
        table.bins.withUnsafeBufferPointer { bins in
            guard let bins = bins.baseAddress else { preconditionFailure("a table without bins") }
            return grow(index, table, parameters, samplesOfClass, bins)
        }
    }

    private func grow(
        _ index: Int, _ table: TrainingTable, _ parameters: ForestParameters, _ samplesOfClass: [Int],
        _ bins: UnsafePointer<UInt8>
    ) -> GrownTree {
        let weights = NodeWeights(parameters.classWeight, samplesOfClass: samplesOfClass)
        let root = takeDrawnSamples(of: table)
        let search = SplitSearch(
            memory: memory, bins: bins, featureCount: table.featureCount,
            featuresWanted: parameters.maxFeatures.count(of: table.featureCount), leafSamplesMin: parameters.minSamplesLeaf,
            sortedSamplesMax: sortedSamplesMax, drawsFitKeys: root.drawsMax <= sortedDrawsMax)
        let depthMax = parameters.maxDepth ?? Int.max
        var stream = RandomStream(seed: parameters.seed, tree: index, purpose: .growth)
        var arrays = TreeArrays(classCount: table.classCount, weights: weights)
        var importances = [Double](repeating: 0, count: table.featureCount)
        var pending = PendingNodes(classCount: table.classCount)
        for position in 0..<table.featureCount { memory.featureOrder[position] = UInt32(position) }
        pending.push(PendingNode(start: 0, count: root.count, depth: 0, rightOf: -1), draws: root.drawsOfClass)

        while let next = pending.pop(into: memory.drawsOfClass) {
            arrays.connect(rightOf: next.rightOf)
            let samples = memory.samples + next.start
            let node = weights.describe(next, in: memory, leafSamplesMin: search.leafSamplesMin)
            let isLeaf = node.count == 1 || next.depth >= depthMax || next.count / 2 < search.leafSamplesMin
            guard !isLeaf, let split = search.best(of: samples, node: node, stream: &stream) else {
                arrays.appendLeaf(draws: memory.drawsOfClass, pure: node.count == 1 ? Int(memory.classOfLocal[0]) : nil)
                continue
            }
            importances[Int(split.feature)] += weights.impurityDecrease(of: node, in: memory)
            let leftCount = partition(samples, next.count, by: split, bins: bins, featureCount: table.featureCount)
            let parent = arrays.appendSplit(feature: split.feature, bin: split.bin)
            pending.push(left: leftCount, of: next, parent: parent, memory: memory, localCount: Int(node.count))
        }
        return GrownTree(tree: arrays.tree, importances: Self.normalised(importances))
    }

    /// Fills `memory.samples` with the drawn samples in the order of the table.
    private func takeDrawnSamples(of table: TrainingTable) -> (count: Int, drawsOfClass: [Int32], drawsMax: UInt32) {
        var count = 0
        var drawsMax: UInt32 = 0
        var drawsOfClass = [Int32](repeating: 0, count: table.classCount)
        let samples = memory.samples
        bootstrap.counts.withUnsafeBufferPointer { counts in
            table.classes.withUnsafeBufferPointer { classes in
                for row in counts.indices {
                    samples[count] = DrawnSample(row: row, label: classes[row], draws: counts[row]).word
                    count += counts[row] > 0 ? 1 : 0
                    drawsMax = max(drawsMax, counts[row])
                    drawsOfClass[Int(classes[row])] += Int32(counts[row])
                }
            }
        }
        precondition(drawsMax <= DrawnSample.drawsMax, "one sample was drawn \(drawsMax) times")
        return (count, drawsOfClass, drawsMax)
    }

    /// Moves the samples that go left to the front, both sides in their order, and returns their number.
    private func partition(
        _ samples: UnsafeMutablePointer<UInt64>, _ count: Int, by split: SplitSearch.Split, bins: UnsafePointer<UInt8>,
        featureCount: Int
    ) -> Int {
        let column = bins + Int(split.feature)
        let spare = memory.spare
        var left = 0
        var rest = 0
        for index in 0..<count {
            let word = samples[index]
            let goesLeft = column[DrawnSample(word: word).row &* featureCount] <= split.bin
            samples[left] = word
            spare[rest] = word
            left &+= goesLeft ? 1 : 0
            rest &+= goesLeft ? 0 : 1
        }
        (samples + left).update(from: spare, count: rest)
        precondition(left > 0 && rest > 0, "a split into \(left) and \(rest) samples")
        return left
    }

    private static func normalised(_ importances: [Double]) -> [Double] {
        let sum = importances.reduce(0, +)
        return sum > 0 ? importances.map { $0 / sum } : importances
    }
}

/// A tree and what its growth says about the features.
package struct GrownTree: Sendable, Equatable {
    /// The tree.
    package let tree: Tree
    /// `[feature]`: the weighted decrease of the Gini impurity over the tree's splits by that feature, as a share of the sum over
    /// all features (scikit-learn's importance of one tree); all 0 if the tree has no split that decreases it.
    package let importances: [Double]
}
