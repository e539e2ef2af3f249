internal import CKernels

/// The search for the best split of one node, over the features that its draws offer.
///
/// 1. Features are drawn without replacement until `featuresWanted` were found that are not constant in the node, or none is
///    left.
/// 2. They are looked at in groups of up to eight, one per vector lane, in one of three ways that give the same result:
///    *sorted rows*: a small node of few classes sorts its samples' bins in all lanes at once by a network of comparators, and
///    scans the sorted rows; class and draws travel in the low byte of the 16-bit key.
///    *columns*: a small node of many classes sorts likewise with positions in the low byte, and then counts the classes of
///    every occupied bin.
///    *histograms*: a large node counts draws by class and bin for all eight features in one pass over its samples.
/// 3. The best score wins; among equals the feature drawn first, and then the lowest bin. The threshold is the middle between the
///    last bin on the left and the first on the right.
///
/// The score is defined in `kernels_forest.h`.
struct SplitSearch {
    /// A split: samples whose bin of `feature` is at most `bin` go left.
    struct Split: Equatable {
        var feature: UInt32
        var bin: UInt8
        var score: Float
    }

    let memory: GrowthMemory
    /// `[sample][feature]` of the whole table.
    let bins: UnsafePointer<UInt8>
    let featureCount: Int
    let featuresWanted: Int
    let leafSamplesMin: Int
    let sortedSamplesMax: Int
    /// Whether no sample was drawn too often for a sorted row's key.
    let drawsFitKeys: Bool

    /// The best split of a node of several classes, or nil if there is none. `memory.leftDrawsOfLocal` tells what goes left.
    ///
    /// - Parameters:
    ///   - samples: the node's samples.
    ///   - node: its classes; local arrays are those of `memory`.
    func best(of samples: UnsafePointer<UInt64>, node: forest_node, stream: inout RandomStream) -> Split? {
        var best = Split(feature: 0, bin: 0, score: -1)
        var drawn = 0
        var found = 0
        while found < featuresWanted && drawn < featureCount {
            let lanes = min(featuresWanted - found, featureCount - drawn, forest_lanes)
            drawFeatures(from: drawn, count: lanes, stream: &stream)
            drawn += lanes
            if Int(node.samples) > sortedSamplesMax {
                found += searchHistograms(samples, node, lanes, &best)
            } else if Int(node.count) <= forest_small_classes_max && drawsFitKeys {
                found += searchSortedRows(samples, node, lanes, &best)
            } else {
                found += searchColumns(samples, node, lanes, &best)
            }
        }
        return best.score >= 0 ? best : nil
    }

    /// Draws `count` features that were not among the first `drawn`, by the next steps of a Fisher–Yates shuffle, into
    /// `memory.features`; the first is repeated in the lanes behind the last.
    private func drawFeatures(from drawn: Int, count: Int, stream: inout RandomStream) {
        let order = memory.featureOrder
        let features = memory.features
        for lane in 0..<count {
            let position = drawn + lane
            let other = position + Int(stream.next(below: UInt64(featureCount - position)))
            let feature = order[other]
            order[other] = order[position]
            order[position] = feature
            features[lane] = feature
        }
        for lane in count..<forest_lanes { features[lane] = features[0] }
    }
}
