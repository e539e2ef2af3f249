/// From the picture in full resolution, in which shapes are drawn, to the resolution that is labelled.
package struct AnnotationScale: Hashable, Sendable {
    /// Pixels of the full resolution a pixel, in each direction; 1 in full resolution.
    package let x: Double
    package let y: Double

    /// Full resolution.
    package static let full = AnnotationScale(x: 1, y: 1)

    private init(x: Double, y: Double) { (self.x, self.y) = (x, y) }

    /// From a picture of one size to a smaller one of it.
    ///
    /// - Precondition: all sizes ≥ 1.
    package init(fullWidth: Int, fullHeight: Int, width: Int, height: Int) {
        precondition(min(fullWidth, fullHeight, width, height) >= 1, "\(fullWidth)×\(fullHeight) to \(width)×\(height)")
        self.init(x: Double(fullWidth) / Double(width), y: Double(fullHeight) / Double(height))
    }

    var isFull: Bool { self == .full }

    func place(_ point: AnnotationPoint) -> AnnotationPoint { AnnotationPoint(x: point.x / x, y: point.y / y) }

    /// The width of a line: by the mean of both directions.
    func width(_ width: Double) -> Double { isFull ? width : width / (x * y).squareRoot() }
}
