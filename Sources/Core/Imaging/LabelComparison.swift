/// How a predicted label map agrees with the truth, pixel by pixel; pixels whose truth is 0 (unlabelled) do not count.
///
/// Memory: one count for each pair of labels that meets, however many labels there are.
package struct LabelComparison: Hashable, Sendable {
    /// Truth in the upper 16 bits, prediction in the lower.
    private var counts: [UInt32: Int] = [:]

    /// How boundaries agree; nil where that is not asked for.
    private var boundaries: BoundaryComparison?

    /// - Parameter boundaryTolerance: in pixels, in `BoundaryComparison.toleranceRange`; nil leaves out boundaries.
    package init(boundaryTolerance: Int? = nil) { boundaries = boundaryTolerance.map { BoundaryComparison(tolerance: $0) } }

    /// Ends a map: rows that follow are of another one.
    package mutating func endMap() { boundaries?.endMap() }

    /// Counts the pixels of two rows of equal length.
    package mutating func add(predicted: [UInt16], truth: [UInt16]) {
        precondition(predicted.count == truth.count, "\(predicted.count) predicted, \(truth.count) true labels")
        boundaries?.add(predicted: predicted, truth: truth)
        // Neighbours mostly agree, so that runs of equal pairs are counted at once.
        var pair: UInt32 = 0
        var length = 0
        for index in truth.indices where truth[index] != 0 {
            let next = UInt32(truth[index]) << 16 | UInt32(predicted[index])
            if next == pair {
                length += 1
            } else {
                if length > 0 { counts[pair, default: 0] += length }
                (pair, length) = (next, 1)
            }
        }
        if length > 0 { counts[pair, default: 0] += length }
    }

    /// Labels that occur in the truth or, where the truth is labelled, in the prediction; ascending.
    ///
    /// - Complexity: O(p log p) in the pairs of labels that meet, as for everything below.
    package var labels: [Int] { Set(counts.keys.flatMap { [Int($0 >> 16), Int($0 & 0xFFFF)] }).sorted() }

    /// Pixel counts `[truth][predicted]`, in the order of `labels`: as many rows and columns as labels.
    package var confusion: [[Int]] {
        let labels = labels
        let index = Dictionary(uniqueKeysWithValues: zip(labels, labels.indices))
        var matrix = [[Int]](repeating: [Int](repeating: 0, count: labels.count), count: labels.count)
        for (pair, count) in counts {
            if let row = index[Int(pair >> 16)], let column = index[Int(pair & 0xFFFF)] { matrix[row][column] = count }
        }
        return matrix
    }

    /// Pixels compared.
    package var pixels: Int { counts.values.reduce(0, +) }

    /// Share of the pixels whose label is right, 0…1; nil when none was compared.
    package var accuracy: Double? {
        let pixels = pixels
        guard pixels > 0 else { return nil }
        let right = counts.reduce(0) { $1.key >> 16 == $1.key & 0xFFFF ? $0 + $1.value : $0 }
        return Double(right) / Double(pixels)
    }

    /// Intersection over union of each label, in the order of `labels`.
    package var intersectionOverUnion: [Double] { overlaps.map(\.share) }

    /// Dice coefficient of each label, in the order of `labels`: twice the pixels that both have, over the pixels of either together
    /// (Dice 1945; the F1 of the pixels).
    package var dice: [Double] { overlaps.map { 2 * $0.share / (1 + $0.share) } }

    /// Boundary F1 of each label, in the order of `labels`; nil where neither map has a boundary of it, or boundaries were left out.
    package var boundaryF1: [Double?] { labels.map { boundaries?.f1(ofLabel: $0) } }

    /// Mean of the boundary F1 of the labels that occur in the truth, as far as it is known; nil where it is of none.
    package var meanBoundaryF1: Double? {
        let known = zip(overlaps, boundaryF1).compactMap { $0.0.truth > 0 ? $0.1 : nil }
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }

    /// Mean of the intersection over union of the labels that occur in the truth; nil when the truth holds none.
    package var meanIntersectionOverUnion: Double? {
        let shares = overlaps.filter { $0.truth > 0 }.map(\.share)
        return shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
    }

    /// Pixels of the truth, and intersection over union, of each label in the order of `labels`.
    private var overlaps: [(truth: Int, share: Double)] {
        var truth: [Int: Int] = [:]
        var predicted: [Int: Int] = [:]
        for (pair, count) in counts {
            truth[Int(pair >> 16), default: 0] += count
            predicted[Int(pair & 0xFFFF), default: 0] += count
        }
        return labels.map { label in
            let both = counts[UInt32(label) << 16 | UInt32(label)] ?? 0
            let union = (truth[label] ?? 0) + (predicted[label] ?? 0) - both
            return (truth[label] ?? 0, Double(both) / Double(union))
        }
    }
}
