/// Which groups of samples are left out together, so that each fold has about its share of every class.
///
/// 1. Groups come by their number of samples, the largest first; equal ones in their order.
/// 2. Each goes to the fold where it costs least: for each of its classes, its share of the class times the fold's share so far. Of equal
///    ones it is the fold with the fewest samples, then the first.
/// 3. A class of which one fold has all samples could not be learned while that fold is left out: it is `unjudged`.
package struct FoldAssignment: Hashable, Sendable {
    /// The number of folds there may be: a byte a sample says which one it is in.
    package static let foldCountRange = 2...64
    /// Stands for the fold of samples that are never left out.
    package static let never: UInt8 = 255

    /// Samples that are left out together: one stroke, or one image.
    package struct Group: Hashable, Sendable {
        /// By class index, at least one positive.
        package var samplesOfClass: [UInt8: Int]

        package init(samplesOfClass: [UInt8: Int]) { self.samplesOfClass = samplesOfClass }

        var sampleCount: Int { samplesOfClass.values.reduce(0, +) }
    }

    /// `[group]`: 0 ..< folds.
    package let foldOfGroup: [UInt8]
    /// Classes with samples that lie all in one fold, ascending.
    package let unjudged: [UInt8]

    /// - Parameter folds: in `foldCountRange`.
    /// - Complexity: O(g log g + g · folds · classes of a group).
    package init(_ groups: [Group], folds: Int) {
        precondition(Self.foldCountRange.contains(folds), "\(folds) folds")
        var total = [Double](repeating: 0, count: 256)
        for group in groups { for (label, count) in group.samplesOfClass { total[Int(label)] += Double(count) } }
        let sizes = groups.map(\.sampleCount)
        let order = groups.indices.sorted { (sizes[$1], $0) < (sizes[$0], $1) }
        var loads = [[Double]](repeating: [Double](repeating: 0, count: 256), count: folds)
        var samples = [Int](repeating: 0, count: folds)
        var foldOfGroup = [UInt8](repeating: 0, count: groups.count)
        for index in order {
            // One order of the sum.
            let parts = groups[index].samplesOfClass.sorted { $0.key < $1.key }
            let costs = (0..<folds).map { fold in
                parts.reduce(0) { sum, part in
                    let all = total[Int(part.key)]
                    return sum + Double(part.value) / all * (loads[fold][Int(part.key)] / all)
                }
            }
            var best = 0
            for fold in 1..<folds where (costs[fold], samples[fold]) < (costs[best], samples[best]) { best = fold }
            foldOfGroup[index] = UInt8(best)
            for part in parts { loads[best][Int(part.key)] += Double(part.value) }
            samples[best] += sizes[index]
        }
        self.foldOfGroup = foldOfGroup
        unjudged = (0...UInt8.max).filter { label in
            total[Int(label)] > 0 && loads.contains { $0[Int(label)] == total[Int(label)] }
        }
    }
}
