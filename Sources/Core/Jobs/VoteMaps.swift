internal import Forest
internal import Protocol

/// Probability and uncertainty maps from the integer vote sums of a forest.
///
/// A sum is at most trees × 65535, so that every map is an exact function of integers, whatever the order of the trees.
struct VoteMaps {
    let classCount: Int
    let treeCount: Int

    /// The vote sum that stands for certainty.
    private var total: Int { treeCount * Int(Tree.leafTotal) }

    /// Class index with the largest sum per pixel; ties go to the lowest index. `votes` is `[class][pixel]`.
    static func argmax(
        _ votes: UnsafePointer<UInt32>, pixels: Int, classCount: Int, into classes: UnsafeMutablePointer<UInt8>
    ) {
        for pixel in 0..<pixels {
            var best = votes[pixel]
            var index: UInt8 = 0
            for other in 1..<classCount {
                let vote = votes[other &* pixels &+ pixel]
                if vote > best {
                    best = vote
                    index = UInt8(truncatingIfNeeded: other)
                }
            }
            classes[pixel] = index
        }
    }

    /// The share of each class, `[class][pixel]`.
    func probabilities(_ votes: [UInt32], pixels: Int, type: TileJob.ProbabilityType, shape: [Int]) -> WireArray {
        map(votes[0..<pixels * classCount], type: type, shape: shape)
    }

    /// 1 − (largest share − second largest share), `[pixel]`.
    func uncertainty(_ votes: [UInt32], pixels: Int, type: TileJob.ProbabilityType, shape: [Int]) -> WireArray {
        var doubt = [UInt32](repeating: 0, count: pixels)
        for pixel in 0..<pixels {
            var first: UInt32 = 0
            var second: UInt32 = 0
            for index in 0..<classCount {
                let vote = votes[index &* pixels &+ pixel]
                second = max(second, min(vote, first))
                first = max(first, vote)
            }
            doubt[pixel] = UInt32(total) - (first - second)
        }
        return map(doubt[...], type: type, shape: shape)
    }

    private func map(_ sums: ArraySlice<UInt32>, type: TileJob.ProbabilityType, shape: [Int]) -> WireArray {
        switch type {
        case .uint16:
            // Rounded mean over the trees: exact integers, half up.
            let trees = UInt32(treeCount)
            return WireArray(sums.map { UInt16(($0 + trees / 2) / trees) }, .uint16, shape: shape, isDeflated: true)
        case .float32:
            let total = Double(total)
            return WireArray(sums.map { Float(Double($0) / total) }, .float32, shape: shape, isDeflated: true)
        }
    }
}
