/// How the boundaries of classes agree in two label maps: the boundary F1 (Csurka, Larlus, Perronnin: "What is a good evaluation measure
/// for semantic segmentation?", BMVC 2013), row by row.
///
/// 1. Only pixels count whose truth is labelled. Such a pixel is on the boundary of its class if one of its four neighbours in the image,
///    whose truth is labelled too, is of another class. The image's border is no boundary, and neither is that of what is unlabelled.
/// 2. A predicted boundary pixel is right if a true one of the same class lies at most the tolerance away, from centre to centre; the
///    share of those is the precision. The recall is the same of true ones, with the maps exchanged.
/// 3. F1 is their harmonic mean, over all maps together: 0 where only one map has a boundary of the class, and unknown where neither has.
///
/// Memory: 2 · tolerance + 3 rows of either map. Not safe to share between threads.
package struct BoundaryComparison: Hashable, Sendable {
    /// Pixels that a boundary may be off.
    package static let toleranceRange = 0...64

    /// Boundary pixels of one class.
    private struct Counts: Hashable {
        var predicted = 0
        var predictedRight = 0
        var truth = 0
        var truthFound = 0
    }

    /// One row of either map.
    private struct Rows: Hashable {
        var predicted: [UInt32]
        var truth: [UInt32]
    }

    private let tolerance: Int
    /// Offsets within the tolerance, the nearest first.
    private let reach: [[Int]]
    private var counts: [UInt16: Counts] = [:]
    /// The last two rows of labels of the map that is read.
    private var labels: [Rows] = []
    /// Boundaries of the last rows, at most 2 · tolerance + 1: label + 1, and 0 where there is none.
    private var boundaries: [Rows] = []
    /// Rows whose boundaries are known.
    private var boundaryRowCount = 0
    /// The first row that is not judged.
    private var nextRow = 0

    /// - Parameter tolerance: in pixels, in `toleranceRange`.
    package init(tolerance: Int) {
        precondition(Self.toleranceRange.contains(tolerance), "a tolerance of \(tolerance) pixels")
        self.tolerance = tolerance
        let all = (-tolerance...tolerance).flatMap { y in (-tolerance...tolerance).map { [$0, y] } }
        let square = { (offset: [Int]) in offset[0] * offset[0] + offset[1] * offset[1] }
        reach = all.filter { square($0) <= tolerance * tolerance }.sorted { square($0) < square($1) }
    }

    /// Takes the next row of a map.
    ///
    /// - Precondition: both have the width of the row before.
    package mutating func add(predicted: [UInt16], truth: [UInt16]) {
        precondition(predicted.count == truth.count, "\(predicted.count) predicted, \(truth.count) true labels")
        // Of pixels that do not count, both are 0; a predicted 0 that counts is a label.
        let isCounted = truth.map { $0 != 0 }
        let row = Rows(
            predicted: predicted.indices.map { isCounted[$0] ? UInt32(predicted[$0]) + 1 : 0 },
            truth: truth.indices.map { isCounted[$0] ? UInt32(truth[$0]) + 1 : 0 })
        if let middle = labels.last { addBoundary(labels.count > 1 ? labels[0] : nil, middle, row) }
        labels = labels.suffix(1) + [row]
    }

    /// Ends a map: the next row is the first of another one.
    package mutating func endMap() {
        if let last = labels.last { addBoundary(labels.count > 1 ? labels[0] : nil, last, nil) }
        while nextRow < boundaryRowCount { judgeNext() }
        (labels, boundaries, boundaryRowCount, nextRow) = ([], [], 0, 0)
    }

    private mutating func addBoundary(_ above: Rows?, _ middle: Rows, _ below: Rows?) {
        boundaries.append(
            Rows(
                predicted: Self.boundary(above?.predicted, middle.predicted, below?.predicted),
                truth: Self.boundary(above?.truth, middle.truth, below?.truth)))
        boundaryRowCount += 1
        if boundaries.count > 2 * tolerance + 1 { boundaries.removeFirst() }
        if boundaryRowCount - nextRow > tolerance { judgeNext() }
    }

    /// The labels of a row where they are on a boundary, and 0 elsewhere.
    private static func boundary(_ above: [UInt32]?, _ row: [UInt32], _ below: [UInt32]?) -> [UInt32] {
        row.indices.map { column in
            let label = row[column]
            guard label != 0 else { return 0 }
            let differs = { (other: UInt32) in other != 0 && other != label }
            let isBoundary =
                column > 0 && differs(row[column - 1]) || column + 1 < row.count && differs(row[column + 1])
                || above.map { differs($0[column]) } ?? false || below.map { differs($0[column]) } ?? false
            return isBoundary ? label : 0
        }
    }

    /// Judges the boundary pixels of the next row: all rows that they may be compared with are known.
    private mutating func judgeNext() {
        let first = boundaryRowCount - boundaries.count
        let place = nextRow - first
        let row = boundaries[place]
        for column in row.truth.indices {
            if row.predicted[column] != 0 {
                let isRight = isNear(row.predicted[column], place, column, in: \.truth)
                counts[UInt16(row.predicted[column] - 1), default: Counts()].predicted += 1
                if isRight { counts[UInt16(row.predicted[column] - 1), default: Counts()].predictedRight += 1 }
            }
            if row.truth[column] != 0 {
                let isFound = isNear(row.truth[column], place, column, in: \.predicted)
                counts[UInt16(row.truth[column] - 1), default: Counts()].truth += 1
                if isFound { counts[UInt16(row.truth[column] - 1), default: Counts()].truthFound += 1 }
            }
        }
        nextRow += 1
    }

    private func isNear(_ label: UInt32, _ row: Int, _ column: Int, in map: KeyPath<Rows, [UInt32]>) -> Bool {
        for offset in reach {
            let (x, y) = (column + offset[0], row + offset[1])
            guard boundaries.indices.contains(y) else { continue }
            let line = boundaries[y][keyPath: map]
            if line.indices.contains(x), line[x] == label { return true }
        }
        return false
    }

    /// The boundary F1 of a label, 0…1; nil where neither map has a boundary of it.
    package func f1(ofLabel label: Int) -> Double? {
        guard let one = UInt16(exactly: label).flatMap({ counts[$0] }), one.predicted + one.truth > 0 else { return nil }
        guard one.predictedRight > 0, one.truthFound > 0 else { return 0 }
        let precision = Double(one.predictedRight) / Double(one.predicted)
        let recall = Double(one.truthFound) / Double(one.truth)
        return 2 * precision * recall / (precision + recall)
    }
}
