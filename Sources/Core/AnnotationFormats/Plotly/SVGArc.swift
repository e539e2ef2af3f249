internal import Annotations
internal import Foundation

/// Elliptical arcs of SVG as cubic curves, in the way of CairoSVG and libcairo, so that strokes along them label the same pixels.
///
/// 1. The end is turned by the ellipse's rotation and its second axis scaled to the first: the arc is now one of a circle, whose centre
///    lies on the perpendicular bisector of the chord. Radii that are too small grow until the ellipse reaches both points.
/// 2. An arc of more than half a circle is halved. Each part is cut into equal steps, as many as keep the error of a cubic below the
///    tolerance (Goldapp 1991, as libcairo tabulates it).
/// 3. A step of angle θ has handles of 4/3 · tan(θ/4) radii.
enum SVGArc {
    /// In pixels; CairoSVG asks for less, and libcairo's least is a step of its grid.
    private static let tolerance = 1.0 / 256

    /// The arc from one point to another; a line if a radius is 0, nothing if the points are one.
    static func elements(
        from: AnnotationPoint, to: AnnotationPoint, rx: Double, ry: Double, degrees: Double, isLarge: Bool, isSweep: Bool
    ) -> [AnnotationPath.Element] {
        if from == to { return [] }
        guard rx != 0, ry != 0 else { return [.line(to)] }
        let rotation = degrees * .pi / 180
        let ratio = abs(ry) / abs(rx)
        let (cosine, sine) = (cos(rotation), sin(rotation))
        let (dx, dy) = (to.x - from.x, to.y - from.y)
        // On the circle: the start is the origin.
        let end = AnnotationPoint(x: dx * cosine + dy * sine, y: (dy * cosine - dx * sine) / ratio)
        let chord = hypot(end.x, end.y)
        guard chord.isFinite, chord > 0, ratio.isFinite else { return [.line(to)] }
        let radius = max(abs(rx), chord / 2)
        let distance = (isLarge == isSweep ? -1 : 1) * max(0, radius * radius - chord * chord / 4).squareRoot()
        let (ux, uy) = (end.x / chord, end.y / chord)
        let centre = AnnotationPoint(x: ux * chord / 2 - uy * distance, y: uy * chord / 2 + ux * distance)
        let first = atan2(-centre.y, -centre.x)
        var last = atan2(end.y - centre.y, end.x - centre.x)
        if isSweep, last < first { last += 2 * .pi }
        if !isSweep, last > first { last -= 2 * .pi }

        /// A point of the circle's plane in the image.
        func place(_ x: Double, _ y: Double) -> AnnotationPoint {
            AnnotationPoint(x: from.x + x * cosine - y * ratio * sine, y: from.y + x * sine + y * ratio * cosine)
        }
        func point(_ angle: Double) -> (x: Double, y: Double) {
            (centre.x + radius * cos(angle), centre.y + radius * sin(angle))
        }
        let start = point(first)
        var elements: [AnnotationPath.Element] = [.line(place(start.x, start.y))]
        let halves = abs(last - first) > .pi ? [(first, (first + last) / 2), ((first + last) / 2, last)] : [(first, last)]
        for (begin, end) in halves {
            let count = stepCount(of: abs(end - begin), radius: radius * max(1, ratio))
            let step = (end - begin) / Double(count)
            let handle = 4 / 3 * tan(step / 4)
            for index in 0..<count {
                let angles = (begin + Double(index) * step, index + 1 == count ? end : begin + Double(index + 1) * step)
                let (one, other) = (point(angles.0), point(angles.1))
                elements.append(
                    .cubic(
                        place(one.x - handle * radius * sin(angles.0), one.y + handle * radius * cos(angles.0)),
                        place(other.x + handle * radius * sin(angles.1), other.y - handle * radius * cos(angles.1)),
                        to: place(other.x, other.y)))
            }
        }
        return elements
    }

    /// How many cubics an arc is cut into.
    private static func stepCount(of angle: Double, radius: Double) -> Int {
        let allowed = tolerance / radius
        var parts = 1.0
        while parts < 4096, error(of: .pi / parts) > allowed { parts += 1 }
        return max(1, Int((angle / (.pi / parts)).rounded(.up)))
    }

    /// The error of a cubic along an arc of the unit circle.
    private static func error(of angle: Double) -> Double {
        let (sine, cosine) = (sin(angle / 4), cos(angle / 4))
        return 2.0 / 27 * pow(sine, 6) / (cosine * cosine)
    }
}
