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
        // Every step in the order of operations of CairoSVG and libcairo: a number that is rounded otherwise may fall on another step of the grid.
        let rotation = degrees * .pi / 180
        let ratio = abs(ry) / abs(rx)
        func turned(_ x: Double, _ y: Double, _ angle: Double) -> (x: Double, y: Double) {
            (x * cos(angle) - y * sin(angle), y * cos(angle) + x * sin(angle))
        }
        // On the circle: the start is the origin.
        var end = turned(to.x - from.x, to.y - from.y, -rotation)
        end.y /= ratio
        let (chord, slope) = (hypot(end.x, end.y), atan2(end.y, end.x))
        guard chord.isFinite, chord > 0, ratio.isFinite else { return [.line(to)] }
        let radius = max(abs(rx), chord / 2)
        let half = chord / 2
        let distance = max(0, radius * radius - half * half).squareRoot()
        let centre = turned(half, isLarge == isSweep ? -distance : distance, slope)
        end = turned(chord, 0, slope)
        let first = atan2(-centre.y, -centre.x)
        var last = atan2(end.y - centre.y, end.x - centre.x)
        if isSweep, last < first {
            last = (last - first).truncatingRemainder(dividingBy: 2 * .pi)
            if last < 0 { last += 2 * .pi }
            last += first
        } else if !isSweep, last > first {
            last = (last - first).truncatingRemainder(dividingBy: 2 * .pi)
            if last > 0 { last -= 2 * .pi }
            last += first
        }

        // A point of the circle's plane in the image.
        let matrix = (xx: cos(rotation), yx: sin(rotation), xy: ratio * -sin(rotation), yy: ratio * cos(rotation))
        func place(_ x: Double, _ y: Double) -> AnnotationPoint {
            AnnotationPoint(x: matrix.xx * x + matrix.xy * y + from.x, y: matrix.yx * x + matrix.yy * y + from.y)
        }
        var elements: [AnnotationPath.Element] = []
        func add(from low: Double, to high: Double) {
            let count = stepCount(of: high - low, radius: radius * max(1, ratio))
            let step = (high - low) / Double(count) * (isSweep ? 1 : -1)
            var angle = isSweep ? low : high
            elements.append(.line(place(centre.x + radius * cos(angle), centre.y + radius * sin(angle))))
            for index in 0..<count {
                let next = index + 1 < count ? angle + step : isSweep ? high : low
                let (one, other) = (
                    (cosine: radius * cos(angle), sine: radius * sin(angle)),
                    (cosine: radius * cos(next), sine: radius * sin(next))
                )
                let handle = 4.0 / 3 * tan((next - angle) / 4)
                elements.append(
                    .cubic(
                        place(centre.x + one.cosine - handle * one.sine, centre.y + one.sine + handle * one.cosine),
                        place(centre.x + other.cosine + handle * other.sine, centre.y + other.sine - handle * other.cosine),
                        to: place(centre.x + other.cosine, centre.y + other.sine)))
                angle = next
            }
        }
        let (low, high) = (min(first, last), max(first, last))
        let middle = low + (high - low) / 2
        if high - low <= .pi {
            add(from: low, to: high)
        } else if isSweep {
            add(from: low, to: middle)
            add(from: middle, to: high)
        } else {
            add(from: middle, to: high)
            add(from: low, to: middle)
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
