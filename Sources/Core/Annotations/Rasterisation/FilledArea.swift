internal import Imaging

/// Which pixels lie in an area between rings: those whose centre lies inside by the even-odd rule over all rings.
///
/// The rule, so that areas with a common edge neither share a pixel nor leave one out:
///
/// 1. An edge crosses the centres of the rows y with a ≤ y + ½ < b, where a and b are its upper and its lower end; a horizontal one none.
/// 2. It crosses them at x = xₐ + (y + ½ − a) / (b − a) · (x_b − xₐ), in doubles, always from its upper end.
/// 3. A pixel is inside if the number of crossings at or to the left of its centre is odd.
///
/// Only the area and the row decide about a crossing, so every window gets the same pixels.
struct FilledArea: Sendable {
    /// The points of all rings, one ring after the other.
    private var points: [AnnotationPoint] = []
    /// Where the rings end in `points`.
    private var ends: [Int32] = []
    /// Of an area with many edges: groups of them that follow each other, with the columns and rows that they touch.
    private var groups: BoxIndex?
    private var groupStarts: [Int32] = []

    private static let groupEdgeCount = 32

    /// Rings in pixels of the full resolution.
    init(_ rings: [[AnnotationPoint]], scale: AnnotationScale) {
        for ring in rings where ring.count > 2 {
            points += scale.isFull ? ring : ring.map(scale.place)
            ends.append(Int32(points.count))
        }
        guard points.count > 2 * Self.groupEdgeCount else { return }
        groupStarts = stride(from: 0, to: points.count, by: Self.groupEdgeCount).map { Int32($0) }
        groups = BoxIndex(
            groupStarts.map { first in
                let end = min(points.count, Int(first) + Self.groupEdgeCount)
                var places = Array(points[Int(first)..<end])
                forEachEdge(Int(first)..<end) { _, to in places.append(to) }
                return Self.box(of: places)
            })
    }

    /// The pixels whose centres can lie inside.
    var bounds: PixelRect { Self.box(of: points) }

    /// A box of the pixels that points lie in.
    static func box(of points: [AnnotationPoint]) -> PixelRect {
        guard let first = points.first else { return PixelRect(x: 0, y: 0, width: 0, height: 0) }
        var (low, high) = (first, first)
        for point in points {
            low = AnnotationPoint(x: min(low.x, point.x), y: min(low.y, point.y))
            high = AnnotationPoint(x: max(high.x, point.x), y: max(high.y, point.y))
        }
        let (x, y) = (Int(low.x.rounded(.down)), Int(low.y.rounded(.down)))
        return PixelRect(x: x, y: y, width: Int(high.x.rounded(.down)) + 1 - x, height: Int(high.y.rounded(.down)) + 1 - y)
    }

    /// The first column or row whose centre does not lie before `place`.
    static func firstCentre(from place: Double) -> Int { Int((place - 0.5).rounded(.up)) }

    /// Calls `mark` with the pixels of `window` that lie inside.
    func fill(_ window: PixelRect, _ mark: (_ row: Int, _ columns: Range<Int>) -> Void) {
        // Row in the upper half, column in the lower, both in the window.
        var crossings: [UInt64] = []
        func cross(_ from: AnnotationPoint, _ to: AnnotationPoint) {
            guard from.y != to.y else { return }
            let (upper, lower) = from.y < to.y ? (from, to) : (to, from)
            let first = max(window.y, Self.firstCentre(from: upper.y))
            let end = min(window.endY, Self.firstCentre(from: lower.y))
            guard first < end else { return }
            for row in first..<end {
                let share = (Double(row) + 0.5 - upper.y) / (lower.y - upper.y)
                let column = Self.firstCentre(from: upper.x + share * (lower.x - upper.x))
                guard column < window.endX else { continue }
                crossings.append(UInt64(row - window.y) << 32 | UInt64(max(0, column - window.x)))
            }
        }
        if let groups {
            // Edges to the right of the window do not matter; those to its left do.
            let left = min(-(1 << 30), window.x)
            for group in groups.touching(
                PixelRect(x: left, y: window.y - 1, width: window.endX + 1 - left, height: window.height + 2))
            {
                let first = Int(groupStarts[group])
                forEachEdge(first..<min(points.count, first + Self.groupEdgeCount), cross)
            }
        } else {
            forEachEdge(0..<points.count, cross)
        }
        crossings.sort()
        var index = 0
        while index < crossings.count {
            let row = crossings[index] >> 32
            let first = Int(crossings[index] & 0xFFFF_FFFF)
            let isPaired = index + 1 < crossings.count && crossings[index + 1] >> 32 == row
            let end = isPaired ? Int(crossings[index + 1] & 0xFFFF_FFFF) : window.width
            if first < end { mark(window.y + Int(row), window.x + first..<window.x + end) }
            index += isPaired ? 2 : 1
        }
    }

    /// The edges that begin at some of the points; the last of a ring ends where the ring begins.
    private func forEachEdge(_ starts: Range<Int>, _ body: (_ from: AnnotationPoint, _ to: AnnotationPoint) -> Void) {
        // The ring of the first point: the first that ends behind it.
        var (low, high) = (0, ends.count)
        while low < high {
            let middle = (low + high) / 2
            if Int(ends[middle]) > starts.lowerBound { high = middle } else { low = middle + 1 }
        }
        var ring = low
        for start in starts {
            if start == Int(ends[ring]) { ring += 1 }
            let isLast = start + 1 == Int(ends[ring])
            let next = isLast ? (ring > 0 ? Int(ends[ring - 1]) : 0) : start + 1
            body(points[start], points[next])
        }
    }
}
