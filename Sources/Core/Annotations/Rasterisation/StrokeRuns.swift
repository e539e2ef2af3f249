internal import Imaging

/// The segments of a stroke that can reach some rows, in runs that are drawn without a break.
///
/// The edges of a segment end in the joins with its neighbours, so a run needs the directions of the segments before and after it, also where
/// these lie far away: they are drawn as a line in that direction.
struct StrokeRuns {
    struct Run {
        let part: StrokeOutline.Part
        /// Positions of segments that follow each other; in a closed part the first may follow the last.
        let segments: [Int]
        /// From here a line comes to the start of the run, and here one goes to from its end; nil at the ends of the path.
        fileprivate(set) var before: GridPoint?
        fileprivate(set) var after: GridPoint?

        /// Whether it is a closed part with all of its segments.
        var isWhole: Bool { part.isClosed && segments.count == part.segmentCount }
    }

    private(set) var runs: [Run] = []
    /// The columns that they can mark, also outside of the image.
    private(set) var columns = 0..<0
    private let flattened: FlattenedCurves

    /// - Parameters:
    ///   - pieces: all pieces of the stroke, in their order.
    ///   - rows: that are to be reached.
    ///   - image: width and height of the image.
    init(
        of stroke: StrokeOutline, _ pieces: ArraySlice<LabelItem.Piece>, reaching rows: Range<Int>,
        image: (width: Int, height: Int)
    ) {
        flattened = FlattenedCurves(strokeWidth: stroke.width, image: image)
        var next = pieces.startIndex
        while next < pieces.endIndex {
            let number = pieces[next].part
            let part = stroke.parts[Int(number)]
            var segments: [Int] = []
            while next < pieces.endIndex, pieces[next].part == number {
                defer { next += 1 }
                guard pieces[next].box.y < rows.upperBound, pieces[next].box.endY > rows.lowerBound else { continue }
                let first = Int(pieces[next].first)
                for segment in first..<min(part.segmentCount, first + LabelItem.segmentsMax) {
                    let box = stroke.reach(of: part, segment)
                    guard box.y < rows.upperBound, box.endY > rows.lowerBound else { continue }
                    segments.append(segment)
                    let own = box.x..<box.endX
                    columns =
                        columns.isEmpty
                        ? own : min(columns.lowerBound, own.lowerBound)..<max(columns.upperBound, own.upperBound)
                }
            }
            add(segments, of: part)
        }
    }

    private mutating func add(_ segments: [Int], of part: StrokeOutline.Part) {
        var found: [[Int]] = []
        for segment in segments {
            if let last = found.last?.last, last == segment - 1 {
                found[found.count - 1].append(segment)
            } else {
                found.append([segment])
            }
        }
        if part.isClosed, found.count > 1, found[0][0] == 0, segments.last == part.segmentCount - 1 {
            found[0] = found.removeLast() + found[0]
        }
        for segments in found {
            var run = Run(part: part, segments: segments)
            if !run.isWhole, let first = segments.first, let last = segments.last {
                run.before = neighbour(of: first, by: -1, in: part).map { flattened.origin(of: $0) }
                run.after = neighbour(of: last, by: 1, in: part).map { flattened.target(of: $0) }
            }
            runs.append(run)
        }
    }

    /// The next segment that has a length; nil if there is none.
    private func neighbour(of segment: Int, by step: Int, in part: StrokeOutline.Part) -> ArraySlice<GridPoint>? {
        let count = part.segmentCount
        for distance in 1..<max(2, count) {
            var near = segment + step * distance
            if part.isClosed { near = (near % count + count) % count }
            guard (0..<count).contains(near) else { return nil }
            let points = part.segment(near)
            if points.contains(where: { $0 != points[points.startIndex] }) { return points }
        }
        return nil
    }
}

/// Which curves libcairo makes lines of: those that lie so far outside of the surface that they cannot be seen.
private struct FlattenedCurves {
    /// The image and what is around it, in steps of the grid.
    private let columns: ClosedRange<Int>
    private let rows: ClosedRange<Int>

    init(strokeWidth: Double, image: (width: Int, height: Int)) {
        let steps = GridPoint.stepsPerPixel
        let distance = strokeWidth * Double(2).squareRoot() * StrokePainter.miterLimit
        let around = Int((distance * Double(steps)).rounded(.toNearestOrEven))
        columns = -around...image.width * steps + around
        rows = -around...image.height * steps + around
    }

    private func isSeen(_ segment: ArraySlice<GridPoint>) -> Bool {
        guard segment.count == 4 else { return false }
        let (x, y) = (segment.map { Int($0.x) }, segment.map { Int($0.y) })
        if zip(x, y).contains(where: { columns.contains($0) && rows.contains($1) }) { return true }
        guard let left = x.min(), let right = x.max(), let top = y.min(), let bottom = y.max() else { return false }
        return right > columns.lowerBound && left < columns.upperBound && bottom > rows.lowerBound && top < rows.upperBound
    }

    /// A point in the direction in which a segment begins.
    func target(of segment: ArraySlice<GridPoint>) -> GridPoint {
        let end = segment[segment.endIndex - 1]
        guard isSeen(segment) else { return end }
        return segment.first { $0 != segment[segment.startIndex] } ?? end
    }

    /// A point from which a segment comes at its end.
    func origin(of segment: ArraySlice<GridPoint>) -> GridPoint {
        let start = segment[segment.startIndex]
        guard isSeen(segment) else { return start }
        return segment.last { $0 != segment[segment.endIndex - 1] } ?? start
    }
}
