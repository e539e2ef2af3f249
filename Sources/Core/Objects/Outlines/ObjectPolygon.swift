/// A polygon of an object as it is drawn: places in pixels of the image, (0, 0) the corner of the first one.
package struct ObjectPolygon: Hashable, Sendable {
    package struct Point: Hashable, Sendable {
        package var x: Double
        package var y: Double

        package init(x: Double, y: Double) { (self.x, self.y) = (x, y) }
    }

    /// The first point is not repeated.
    package var exterior: [Point]
    package var holes: [[Point]]

    package init(exterior: [Point], holes: [[Point]] = []) { (self.exterior, self.holes) = (exterior, holes) }
}

extension ObjectOutline {
    /// The polygons as they are; corners alone.
    package var drawn: [ObjectPolygon] {
        polygons.map { polygon in
            ObjectPolygon(exterior: Self.corners(polygon.exterior), holes: polygon.holes.map(Self.corners))
        }
    }

    /// The vertices at which a ring turns.
    private static func corners(_ ring: Ring) -> [ObjectPolygon.Point] {
        ring.indices.compactMap { index in
            let (one, two) = (ring[index == 0 ? ring.count - 1 : index - 1], ring[index])
            let three = ring[index + 1 < ring.count ? index + 1 : 0]
            guard (two.x - one.x) * (three.y - two.y) != (two.y - one.y) * (three.x - two.x) else { return nil }
            return ObjectPolygon.Point(x: Double(two.x), y: Double(two.y))
        }
    }

    /// The pixels of the object, down the columns: for each the rows, by columns, then rows.
    package var columnRuns: [(x: Int, rows: Range<Int>)] {
        var crossings: [Int: [Int]] = [:]
        for polygon in polygons {
            for ring in [polygon.exterior] + polygon.holes {
                guard var last = ring.last else { continue }
                for vertex in ring {
                    if vertex.y == last.y {
                        for x in min(last.x, vertex.x)..<max(last.x, vertex.x) { crossings[x, default: []].append(vertex.y) }
                    }
                    last = vertex
                }
            }
        }
        return crossings.keys.sorted().flatMap { x in
            let rows = (crossings[x] ?? []).sorted()
            return stride(from: 0, to: rows.count - 1, by: 2).map { (x, rows[$0]..<rows[$0 + 1]) }
        }
    }
}
