/// Finds the strokes of label maps row by row: the 8-connected components of the pixels of one label.
///
/// 1. A row is cut into runs of one label. Of the row above, its runs are kept.
/// 2. A run belongs to the strokes of the runs of its label above that touch it, also by a corner; where those are several, they are one
///    (union-find: Rosenfeld and Pfaltz, "Sequential operations in digital picture processing", 1966). A run that touches none begins
///    a stroke.
/// 3. Strokes are numbered as they begin, and one that consists of several has the smallest of their numbers once all rows are read.
///
/// Memory: 4 bytes a stroke that begins, and the runs of two rows. Beyond `strokesMax` no stroke begins: such a run is `untraced`.
/// Not safe to share between threads.
package struct StrokeTracer: Sendable {
    /// Pixels of one row that belong to the same stroke.
    package struct Run: Hashable, Sendable {
        package let columns: Range<Int>
        /// 1…65535.
        package let label: UInt16
        /// A number that `stroke(of:)` makes final; `untraced` beyond the limit.
        package let stroke: UInt32
    }

    /// Stands for the stroke of a run that begins beyond the limit.
    package static let untraced = UInt32.max
    /// The strokes that may begin in all maps together, usually.
    package static let strokesUsuallyMax = 1 << 20

    private let strokesMax: Int
    /// `[number]`: a stroke that it is a part of, with a number that is no larger.
    private var parents: [UInt32] = []
    private var above: [Run] = []

    /// - Parameter strokesMax: of all maps together, less than 2³² − 1.
    package init(strokesMax: Int = strokesUsuallyMax) {
        precondition((0..<Int(UInt32.max)).contains(strokesMax), "\(strokesMax) strokes")
        self.strokesMax = strokesMax
    }

    /// Begins another map: nothing of it touches the one before.
    package mutating func beginMap() { above = [] }

    /// Takes the next row, and returns its runs from the left to the right.
    ///
    /// - Parameters:
    ///   - labels: 0 is unlabelled, as is whatever lies beside them.
    ///   - firstColumn: of the first of the labels.
    /// - Complexity: O(columns), nearly.
    package mutating func add(_ labels: UnsafeBufferPointer<UInt16>, from firstColumn: Int = 0) -> [Run] {
        var runs: [Run] = []
        var index = 0
        // The first run above that may touch the next one.
        var touching = 0
        while index < labels.count {
            let label = labels[index]
            let start = firstColumn + index
            while index < labels.count, labels[index] == label { index += 1 }
            if label == 0 { continue }
            let column = firstColumn + index
            // A corner touches: columns start − 1 to end.
            while touching < above.count, above[touching].columns.upperBound < start { touching += 1 }
            var stroke = Self.untraced
            var next = touching
            while next < above.count, above[next].columns.lowerBound <= column {
                if above[next].label == label { stroke = join(stroke, above[next].stroke) }
                next += 1
            }
            if stroke == Self.untraced, parents.count < strokesMax {
                stroke = UInt32(parents.count)
                parents.append(stroke)
            }
            runs.append(Run(columns: start..<column, label: label, stroke: stroke))
        }
        above = runs
        return runs
    }

    /// The number of the stroke that a run's number stands for, once all rows are read.
    package func stroke(of number: UInt32) -> UInt32 {
        var root = number
        while parents[Int(root)] != root { root = parents[Int(root)] }
        return root
    }

    private mutating func join(_ first: UInt32, _ second: UInt32) -> UInt32 {
        if first == Self.untraced { return second }
        if second == Self.untraced { return first }
        let (one, other) = (root(first), root(second))
        let (low, high) = (min(one, other), max(one, other))
        parents[Int(high)] = low
        return low
    }

    /// The root of a number, with the way to it halved.
    private mutating func root(_ number: UInt32) -> UInt32 {
        var at = number
        while parents[Int(at)] != at {
            parents[Int(at)] = parents[Int(parents[Int(at)])]
            at = parents[Int(at)]
        }
        return at
    }
}
