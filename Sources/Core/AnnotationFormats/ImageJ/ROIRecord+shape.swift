internal import Annotations
internal import Foundation
internal import Imaging

extension ROIRecord {
    /// What a region covers; nil for one that is left out, such as a text.
    func shape(_ reading: AnnotationReading, _ builder: inout AnnotationBuilder) throws(ImageError) -> AnnotationShape? {
        if isShape { return .area(try PolygonNesting.polygons(of: try shapePath().lines(of: path).map(\.points), path: path)) }
        let offset = isCentred ? 0.5 : 0
        switch kind {
        case .rectangle where subtype == 1:
            builder.leaveOut("text")
            return nil
        case .rectangle where subtype == 4:
            builder.leaveOut("image")
            return nil
        case .none:
            builder.leaveOut("empty region")
            return nil
        case .rectangle, .oval:
            let box = box
            guard box.width >= 0, box.height >= 0 else {
                throw .corruptAnnotations(path, "expected a width and height ≥ 0, found \(box.width)×\(box.height)")
            }
            return kind == .oval
                ? .ellipse(x: box.x, y: box.y, width: box.width, height: box.height)
                : .rectangle(x: box.x, y: box.y, width: box.width, height: box.height)
        case .line:
            let ends = numbers.map { $0 + offset }
            let points = [AnnotationPoint(x: ends[0], y: ends[1]), AnnotationPoint(x: ends[2], y: ends[3])]
            return .stroke(AnnotationPath(through: points), width: strokeWidth ?? reading.strokeWidth)
        case .freeline, .polyline, .angle:
            let points = try points().map { AnnotationPoint(x: $0.x + offset, y: $0.y + offset) }
            guard !points.isEmpty else { throw .corruptAnnotations(path, "expected points of a line, found none") }
            let isClosed = properties["closed"] == "1"
            return .stroke(AnnotationPath(through: points, isClosed: isClosed), width: strokeWidth ?? reading.strokeWidth)
        case .point: return .points(try points())
        case .freehand where subtype == 3: return .area([turnedEllipse])
        case .polygon, .freehand, .traced:
            let points = try points()
            guard points.count >= 3 else {
                throw .corruptAnnotations(path, "expected a polygon of at least 3 points, found \(points.count)")
            }
            return .area([AnnotationPolygon(exterior: AnnotationPolygon.openRing(points))].filter { $0.exterior.count >= 3 })
        }
    }

    /// The box of a rectangle or oval.
    private var box: (x: Double, y: Double, width: Double, height: Double) {
        let values = numbers
        if version >= 223, isSubpixel, values[2] > 0, values[3] > 0 { return (values[0], values[1], values[2], values[3]) }
        let sides = bounds
        return (Double(sides.left), Double(sides.top), Double(sides.right - sides.left), Double(sides.bottom - sides.top))
    }

    /// The ellipse between the ends of its long axis.
    private var turnedEllipse: AnnotationPolygon {
        let ends = numbers
        let (dx, dy) = (ends[2] - ends[0], ends[3] - ends[1])
        let ratio = min(1, max(0, aspectRatio))
        // Half axes.
        let (ax, ay) = (dx / 2, dy / 2)
        let (bx, by) = (-ay * ratio, ax * ratio)
        let middle = AnnotationPoint(x: ends[0] + ax, y: ends[1] + ay)
        let length = (dx * dx + dy * dy).squareRoot()
        let points = AnnotationPolygon(ellipse: 0, 0, length.isFinite ? length : 1, length.isFinite ? length : 1).exterior
        return AnnotationPolygon(
            exterior: points.map { point in
                let (u, v) = length > 0 ? (2 * point.x / length - 1, 2 * point.y / length - 1) : (0, 0)
                return AnnotationPoint(x: middle.x + u * ax + v * bx, y: middle.y + u * ay + v * by)
            })
    }
}

/// Rings in any order as polygons with holes, by which lies in which.
///
/// A ring that lies in an even number of others is an exterior, any other a hole of the smallest exterior around it. Rings do not cross
/// each other, so one point tells.
enum PolygonNesting {
    /// Edges that are looked at for all rings together.
    private static let workMax = 1 << 28

    /// - Throws: `ImageError.unsupported` for rings that take too long.
    static func polygons(of lines: [[AnnotationPoint]], path: String) throws(ImageError) -> [AnnotationPolygon] {
        let rings = lines.map(AnnotationPolygon.openRing).filter { $0.count >= 3 }
        let areas = rings.map { abs(AnnotationPolygon.area(of: $0)) }
        let boxes = rings.map(Box.init)
        var work = rings.count
        var parents: [[Int]] = []
        for (index, ring) in rings.enumerated() {
            var around: [Int] = []
            work += rings.count
            for other in rings.indices where other != index && boxes[other].contains(boxes[index]) {
                guard areas[other] > areas[index] || (areas[other] == areas[index] && other < index) else { continue }
                work += rings[other].count
                guard work <= workMax else {
                    throw .unsupported(
                        path: path, reason: "expected a simpler composite region, found one of \(rings.count) rings")
                }
                // The middle of an edge, as corners may touch.
                let middle = AnnotationPoint(x: (ring[0].x + ring[1].x) / 2, y: (ring[0].y + ring[1].y) / 2)
                if contains(rings[other], middle) { around.append(other) }
            }
            guard work <= workMax else {
                throw .unsupported(path: path, reason: "expected a simpler composite region, found one of \(rings.count) rings")
            }
            parents.append(around)
        }
        var polygons: [Int: AnnotationPolygon] = [:]
        let exteriors = rings.indices.filter { parents[$0].count.isMultiple(of: 2) }
        for index in exteriors { polygons[index] = AnnotationPolygon(exterior: rings[index]) }
        for index in rings.indices where !parents[index].count.isMultiple(of: 2) {
            let owner = parents[index].filter { parents[$0].count.isMultiple(of: 2) }.min { areas[$0] < areas[$1] }
            if let owner { polygons[owner]?.holes.append(rings[index]) }
        }
        return exteriors.compactMap { polygons[$0] }
    }

    private struct Box {
        var (left, top, right, bottom) = (Double.infinity, Double.infinity, -Double.infinity, -Double.infinity)

        init(_ ring: [AnnotationPoint]) {
            for point in ring {
                (left, top) = (min(left, point.x), min(top, point.y))
                (right, bottom) = (max(right, point.x), max(bottom, point.y))
            }
        }

        func contains(_ other: Box) -> Bool {
            left <= other.left && top <= other.top && right >= other.right && bottom >= other.bottom
        }
    }

    /// Whether a point lies in a ring, by the crossings of a ray to the right.
    private static func contains(_ ring: [AnnotationPoint], _ point: AnnotationPoint) -> Bool {
        var isInside = false
        var last = ring[ring.count - 1]
        for corner in ring {
            if (corner.y > point.y) != (last.y > point.y) {
                let x = corner.x + (point.y - corner.y) / (last.y - corner.y) * (last.x - corner.x)
                if x > point.x { isInside.toggle() }
            }
            last = corner
        }
        return isInside
    }
}
