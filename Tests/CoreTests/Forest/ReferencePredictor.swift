@testable import Forest

/// Applies a forest one pixel, one tree and one node at a time.
struct ReferencePredictor {
    let forest: Forest

    /// The votes per class for one sample's bins.
    func votes(_ bins: [UInt8]) -> [UInt32] {
        var votes = [UInt32](repeating: 0, count: forest.classCount)
        for tree in forest.trees {
            var node = 0
            while tree.feature[node] != Tree.leafMark {
                node = bins[Int(tree.feature[node])] <= tree.bin[node] ? node + 1 : Int(tree.right[node])
            }
            let row = Int(tree.right[node]) * forest.classCount
            for label in votes.indices { votes[label] += UInt32(tree.leaves[row + label]) }
        }
        return votes
    }

    /// The first class with the most votes.
    func label(_ bins: [UInt8]) -> UInt8 {
        let votes = votes(bins)
        let most = votes.max() ?? 0
        return UInt8(votes.firstIndex(of: most) ?? 0)
    }
}
