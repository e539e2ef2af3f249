internal import Annotations
internal import Foundation

extension AnnotationPolygon {
    /// A rectangle, clockwise as shown.
    init(box x: Double, _ y: Double, _ width: Double, _ height: Double) {
        let corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        self.init(exterior: corners.map { AnnotationPoint(x: $0.0, y: $0.1) })
    }

    /// The ellipse in a rectangle, by points on it, clockwise as shown: so many that it lies at most 0.01 pixels inside, 16…1,024. Its box is
    /// the rectangle.
    init(ellipse x: Double, _ y: Double, _ width: Double, _ height: Double) {
        let radius = max(width, height, 1) / 2
        // The sagitta of a step of angle a is about r · a² / 8.
        let needed = (2 * Double.pi / (8 * AnnotationPath.flatness / radius).squareRoot() / 4).rounded(.up)
        let quarter = Int(min(256, max(4, needed)))
        self.init(
            exterior: (0..<4 * quarter).map { index in
                let angle = Double(index) / Double(4 * quarter) * 2 * .pi
                // The four ends of the axes are exact.
                let (turn, isEnd) = (index / quarter, index.isMultiple(of: quarter))
                let (c, s) = isEnd ? ([1.0, 0, -1, 0][turn], [0.0, 1, 0, -1][turn]) : (cos(angle), sin(angle))
                let (cx, cy) = (x + width / 2, y + height / 2)
                return AnnotationPoint(
                    x: c == 1 ? x + width : c == -1 ? x : cx + c * width / 2,
                    y: s == 1 ? y + height : s == -1 ? y : cy + s * height / 2)
            })
    }
}
