internal import Annotations
internal import Imaging

extension AnnotationPath {
    /// The path with every point put elsewhere.
    func mapped(_ place: (AnnotationPoint) -> AnnotationPoint) -> AnnotationPath {
        AnnotationPath(
            elements.map { element in
                switch element {
                case .move(let to): .move(place(to))
                case .line(let to): .line(place(to))
                case .quadratic(let control, let to): .quadratic(place(control), to: place(to))
                case .cubic(let first, let second, let to): .cubic(place(first), place(second), to: place(to))
                case .close: .close
                }
            }, isFine: isFine)
    }

    /// The path moved to the right and down by as many pixels.
    func moved(by offset: Double) -> AnnotationPath {
        offset == 0 ? self : mapped { AnnotationPoint(x: $0.x + offset, y: $0.y + offset) }
    }

    /// A part of a path from one move to the next.
    struct Line: Hashable {
        var points: [AnnotationPoint]
        var isClosed = false
    }

    /// How far a line may run beside the curve that it stands for, in pixels.
    static let flatness = 0.01

    /// The parts of the path, with lines in the place of curves.
    ///
    /// A curve becomes equal steps of its parameter, as many as its second derivative asks for: of a quadratic with the second difference d
    /// of its control points √(d / (4 · flatness)), of a cubic √(3d / (4 · flatness)), at most 1,024.
    ///
    /// - Throws: `ImageError.unsupported` for more points than `AnnotationLimits.linePointsMax`, before there are as many.
    func lines(of file: String) throws(ImageError) -> [Line] {
        var lines: [Line] = []
        var pointCount = 0
        func spend(_ count: Int) throws(ImageError) {
            pointCount += count
            guard pointCount <= AnnotationLimits.linePointsMax else {
                let reason =
                    "expected paths of at most \(AnnotationLimits.linePointsMax) points when curves are lines, found more"
                throw .unsupported(path: file, reason: reason)
            }
        }
        var line = Line(points: [])
        func end() {
            if !line.points.isEmpty { lines.append(line) }
        }
        func difference(_ a: AnnotationPoint, _ b: AnnotationPoint, _ c: AnnotationPoint) -> Double {
            let (x, y) = (a.x - 2 * b.x + c.x, a.y - 2 * b.y + c.y)
            return (x * x + y * y).squareRoot()
        }
        func steps(_ bend: Double) -> Int { Int(min(1024, max(1, (bend / (4 * Self.flatness)).squareRoot().rounded(.up)))) }
        for element in elements {
            let pen = line.points.last ?? AnnotationPoint(x: 0, y: 0)
            switch element {
            case .move(let to):
                try spend(1)
                end()
                line = Line(points: [to])
            case .line(let to):
                try spend(1)
                line.points.append(to)
            case .quadratic(let control, let to):
                let count = steps(difference(pen, control, to))
                try spend(count)
                for index in 1...count {
                    let t = Double(index) / Double(count)
                    let (a, b, c) = ((1 - t) * (1 - t), 2 * t * (1 - t), t * t)
                    let point = AnnotationPoint(
                        x: a * pen.x + b * control.x + c * to.x, y: a * pen.y + b * control.y + c * to.y)
                    line.points.append(index == count ? to : point)
                }
            case .cubic(let first, let second, let to):
                let count = steps(3 * max(difference(pen, first, second), difference(first, second, to)))
                try spend(count)
                for index in 1...count {
                    let t = Double(index) / Double(count)
                    let s = 1 - t
                    let (a, b, c, d) = (s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t)
                    let point = AnnotationPoint(
                        x: a * pen.x + b * first.x + c * second.x + d * to.x, y: a * pen.y + b * first.y + c * second.y + d * to.y
                    )
                    line.points.append(index == count ? to : point)
                }
            case .close:
                guard let start = line.points.first else { continue }
                try spend(1)
                line.isClosed = true
                end()
                line = Line(points: [start])
            }
        }
        // A closed part is not followed by its own start.
        if line.points.count > 1 || lines.last?.isClosed != true { end() }
        return lines
    }

    /// The polygons that the path encloses: of its parts, each that turns the other way than the last exterior is a hole of that.
    ///
    /// - Throws: as `lines(of:)`.
    func polygons(of file: String) throws(ImageError) -> [AnnotationPolygon] {
        var polygons: [AnnotationPolygon] = []
        for line in try lines(of: file) {
            let ring = AnnotationPolygon.openRing(line.points)
            guard ring.count >= 3 else { continue }
            let area = AnnotationPolygon.area(of: ring)
            if let last = polygons.last, AnnotationPolygon.area(of: last.exterior) * area < 0 {
                polygons[polygons.count - 1].holes.append(ring)
            } else {
                polygons.append(AnnotationPolygon(exterior: ring))
            }
        }
        return polygons
    }
}

extension AnnotationPolygon {
    /// A ring without the repetition of its first point at its end.
    static func openRing(_ points: [AnnotationPoint]) -> [AnnotationPoint] {
        points.count > 1 && points.first == points.last ? points.dropLast() : points
    }

    /// The area that a ring encloses, in square pixels: positive, if it turns clockwise as shown (y down).
    static func area(of ring: [AnnotationPoint]) -> Double {
        guard let origin = ring.first else { return 0 }
        var sum = 0.0
        for index in ring.indices {
            let (one, other) = (ring[index], ring[index + 1 == ring.count ? 0 : index + 1])
            sum += (one.x - origin.x) * (other.y - origin.y) - (other.x - origin.x) * (one.y - origin.y)
        }
        return sum / 2
    }

    /// The polygon with its exterior turning clockwise as shown, or the other way, and its holes against it.
    func oriented(clockwise: Bool) -> AnnotationPolygon {
        let turned = { (ring: [AnnotationPoint], isClockwise: Bool) in
            (Self.area(of: ring) > 0) == isClockwise ? ring : Array(ring.reversed())
        }
        return AnnotationPolygon(exterior: turned(exterior, clockwise), holes: holes.map { turned($0, !clockwise) })
    }
}
