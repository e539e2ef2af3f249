/// How outlines become polygons: as they are, simplified, or with their corners cut.
///
/// 1. A ring is cut into arcs where three or more regions meet; these places stay. Neighbours have the same arcs, and so no gaps.
/// 2. Each arc is simplified from its first end on, row by row (Ramer, Douglas and Peucker); a ring without such places is cut at its first
///    vertex and the one farthest from it.
/// 3. Corners are cut (Chaikin): each side keeps its middle half.
/// 4. A ring that would have no area left stays as it is.
package struct OutlineDrawing: Codable, Hashable, Sendable {
    /// The largest distance of a vertex that is left out from the simplified outline, in pixels; nil to leave out none.
    package var tolerance: Double?
    /// How often corners are cut, 0…8.
    package var smoothing: Int

    package init(tolerance: Double? = nil, smoothing: Int = 0) { (self.tolerance, self.smoothing) = (tolerance, smoothing) }

    /// Whether the places where three regions meet need to be known.
    package var marksJunctions: Bool { tolerance != nil || smoothing > 0 }

    private typealias Point = ObjectPolygon.Point

    /// The polygons of an outline. A hole that would have no area left stays as it is, too.
    package func polygons(of outline: ObjectOutline) -> [ObjectPolygon] {
        guard marksJunctions else { return outline.drawn }
        return zip(outline.polygons, outline.drawn).map { polygon, plain in
            ObjectPolygon(
                exterior: drawn(polygon.exterior) ?? plain.exterior,
                holes: zip(polygon.holes, plain.holes).map { drawn($0) ?? $1 })
        }
    }

    /// Nil for a ring that has no area left.
    private func drawn(_ ring: ObjectOutline.Ring) -> [Point]? {
        let points = ring.map { Point(x: Double($0.x), y: Double($0.y)) }
        var cuts = ring.indices.filter { ring[$0].isJunction }
        let isFree = cuts.isEmpty
        if isFree { cuts = [0] }
        if cuts.count == 1 {
            // An arc that ends where it begins has no direction: it is cut at its far end, too.
            let far = Self.farthest(from: cuts[0], in: points)
            if far != cuts[0] { cuts = [cuts[0], far].sorted() }
        }
        var result: [Point] = []
        for (place, first) in cuts.enumerated() {
            let last = place + 1 < cuts.count ? cuts[place + 1] : cuts[0] + points.count
            let arc = simplified((first...last).map { points[$0 % points.count] })
            result += (isFree ? arc : smoothed(arc)).dropLast()
        }
        if isFree { for _ in 0..<smoothing { result = Self.cut(result) } }
        return result.count >= 3 && Self.doubleArea(of: result) * Double(ObjectOutline.doubleArea(of: ring)) > 0 ? result : nil
    }

    private static func farthest(from start: Int, in points: [Point]) -> Int {
        func rank(_ index: Int) -> (Double, Double, Double) {
            let (x, y) = (points[index].x - points[start].x, points[index].y - points[start].y)
            return (x * x + y * y, -points[index].y, -points[index].x)
        }
        return points.indices.max { rank($0) < rank($1) } ?? start
    }

    /// The arc without the vertices that lie near the rest. The same from either end.
    private func simplified(_ arc: [Point]) -> [Point] {
        guard let tolerance, arc.count > 2, let first = arc.first, let last = arc.last else { return arc }
        let isTurned = (last.y, last.x) < (first.y, first.x)
        let points = isTurned ? arc.reversed() : arc
        var isKept = [Bool](repeating: false, count: points.count)
        (isKept[0], isKept[points.count - 1]) = (true, true)
        var open = [(0, points.count - 1)]
        while let (from, to) = open.popLast() {
            var (best, distance) = (from, tolerance)
            for index in from + 1..<max(from + 1, to) {
                let found = Self.distance(points[index], points[from], points[to])
                if found > distance { (best, distance) = (index, found) }
            }
            guard best > from else { continue }
            isKept[best] = true
            open += [(from, best), (best, to)]
        }
        let kept = points.indices.filter { isKept[$0] }.map { points[$0] }
        return isTurned ? kept.reversed() : kept
    }

    /// The distance of a point from a line between two others.
    private static func distance(_ point: Point, _ one: Point, _ two: Point) -> Double {
        let (dx, dy, x, y) = (two.x - one.x, two.y - one.y, point.x - one.x, point.y - one.y)
        let square = dx * dx + dy * dy
        let share = square > 0 ? min(1, max(0, (x * dx + y * dy) / square)) : 0
        let (restX, restY) = (x - share * dx, y - share * dy)
        return (restX * restX + restY * restY).squareRoot()
    }

    /// The arc with its corners cut, and its ends in their places.
    private func smoothed(_ arc: [Point]) -> [Point] {
        var arc = arc
        for _ in 0..<smoothing {
            guard arc.count > 2 else { return arc }
            var next = [arc[0]]
            for index in 0..<arc.count - 1 {
                if index > 0 { next.append(Self.quarter(arc[index], arc[index + 1])) }
                if index < arc.count - 2 { next.append(Self.quarter(arc[index + 1], arc[index])) }
            }
            arc = next + [arc[arc.count - 1]]
        }
        return arc
    }

    /// A ring with all its corners cut.
    private static func cut(_ ring: [Point]) -> [Point] {
        ring.indices.flatMap { index in
            let (one, two) = (ring[index], ring[index + 1 < ring.count ? index + 1 : 0])
            return [quarter(one, two), quarter(two, one)]
        }
    }

    /// A quarter of the way from one point to another.
    private static func quarter(_ one: Point, _ two: Point) -> Point {
        Point(x: 0.75 * one.x + 0.25 * two.x, y: 0.75 * one.y + 0.25 * two.y)
    }

    private static func doubleArea(of ring: [Point]) -> Double {
        guard var last = ring.last else { return 0 }
        var sum = 0.0
        for point in ring {
            sum += last.x * point.y - point.x * last.y
            last = point
        }
        return sum
    }
}
