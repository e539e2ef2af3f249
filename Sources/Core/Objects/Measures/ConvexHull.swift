/// The centre of a pixel, by its column and row.
package struct HullPoint: Hashable, Sendable {
    package var x: Int
    package var y: Int

    package init(x: Int, y: Int) { (self.x, self.y) = (x, y) }
}

/// The convex hull of an object's pixels, as `regionprops` has it for the area of the hull and the solidity: the hull of the middles of all
/// pixels' sides, and the pixels whose centre lies in it or on it.
package enum ConvexHull {
    /// The vertices of the hull of points (Andrew's monotone chain): each once, without those that lie on a side.
    ///
    /// - Parameter points: by rows, then by columns; repetitions do no harm.
    package static func vertices(ofSorted points: [HullPoint]) -> [HullPoint] {
        guard points.count > 2 else { return points.count == 2 && points[0] == points[1] ? [points[0]] : points }
        var hull: [HullPoint] = []
        func extend(_ point: HullPoint, from base: Int) {
            if hull.count > base, hull[hull.count - 1] == point { return }
            while hull.count >= base + 2, turn(hull[hull.count - 2], hull[hull.count - 1], point) <= 0 { hull.removeLast() }
            hull.append(point)
        }
        for point in points { extend(point, from: 0) }
        let base = max(0, hull.count - 1)
        for point in points.reversed() { extend(point, from: base) }
        if hull.count > 1, hull.first == hull.last { hull.removeLast() }
        return hull
    }

    /// The same of points in any order.
    package static func vertices(ofUnsorted points: [HullPoint]) -> [HullPoint] { vertices(ofSorted: sorted(points)) }

    /// Above 0 if the way through three points turns from x towards y.
    private static func turn(_ a: HullPoint, _ b: HullPoint, _ c: HullPoint) -> Int {
        (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
    }

    /// The number of pixels whose centre lies in the hull of the middles of the sides of pixels, or on its border.
    ///
    /// - Parameter centres: the centres of pixels, in any order; at least those that are vertices of their hull.
    /// - Complexity: O(n log n + rows).
    package static func area(of centres: [HullPoint]) -> Int {
        guard !centres.isEmpty else { return 0 }
        // In half pixels, in which the middles of sides are whole.
        var points: [HullPoint] = []
        for centre in vertices(ofSorted: sorted(centres)) {
            let (x, y) = (2 * centre.x, 2 * centre.y)
            points += [
                HullPoint(x: x - 1, y: y), HullPoint(x: x + 1, y: y), HullPoint(x: x, y: y - 1), HullPoint(x: x, y: y + 1),
            ]
        }
        let hull = vertices(ofSorted: sorted(points))
        let (top, bottom) = (hull.map(\.y).min() ?? 0, hull.map(\.y).max() ?? 0)
        let rows = floorHalf(top + 1)...floorHalf(bottom)
        // The columns between the sides of the hull: from the smallest whole number at or right of it on.
        var span = [(left: Int, right: Int)](repeating: (Int.max, Int.min), count: rows.count)
        for (index, one) in hull.enumerated() {
            let two = hull[index + 1 < hull.count ? index + 1 : 0]
            let (upper, lower) = one.y <= two.y ? (one, two) : (two, one)
            for row in max(
                rows.lowerBound, floorHalf(upper.y + 1))...max(rows.lowerBound, floorHalf(upper.y + 1), floorHalf(lower.y))
            where 2 * row >= upper.y && 2 * row <= lower.y {
                let place = row - rows.lowerBound
                if upper.y == lower.y {
                    span[place].left = min(span[place].left, floorHalf(min(upper.x, lower.x) + 1))
                    span[place].right = max(span[place].right, floorHalf(max(upper.x, lower.x)))
                    continue
                }
                // x = (upper.x · (lower.y − upper.y) + (lower.x − upper.x) · (2 row − upper.y)) / (2 (lower.y − upper.y))
                let height = lower.y - upper.y
                let numerator = upper.x * height + (lower.x - upper.x) * (2 * row - upper.y)
                span[place].left = min(span[place].left, -floor(-numerator, 2 * height))
                span[place].right = max(span[place].right, floor(numerator, 2 * height))
            }
        }
        return span.reduce(0) { $0 + max(0, $1.right - $1.left + 1) }
    }

    private static func sorted(_ points: [HullPoint]) -> [HullPoint] { points.sorted { ($0.y, $0.x) < ($1.y, $1.x) } }

    private static func floorHalf(_ number: Int) -> Int { number >> 1 }

    private static func floor(_ number: Int, _ divisor: Int) -> Int {
        number >= 0 ? number / divisor : -((-number + divisor - 1) / divisor)
    }
}
