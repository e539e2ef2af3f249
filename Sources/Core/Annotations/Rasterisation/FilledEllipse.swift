internal import Imaging

/// Which pixels lie in an ellipse: those whose centre lies inside, at its left side included and at its right one not.
///
/// In the row whose centre is y the ellipse with the centre (cx, cy) and the radii rx, ry reaches rx·√(1 − ((y − cy) / ry)²) to both sides of
/// cx, in doubles.
struct FilledEllipse: Sendable {
    let centre: AnnotationPoint
    let radiusX: Double
    let radiusY: Double

    /// Calls `mark` with the pixels of `window` that lie inside.
    func fill(_ window: PixelRect, _ mark: (_ row: Int, _ columns: Range<Int>) -> Void) {
        guard radiusX > 0, radiusY > 0 else { return }
        let first = max(window.y, FilledArea.firstCentre(from: centre.y - radiusY))
        let end = min(window.endY, FilledArea.firstCentre(from: centre.y + radiusY))
        guard first < end else { return }
        for row in first..<end {
            let height = (Double(row) + 0.5 - centre.y) / radiusY
            guard abs(height) < 1 else { continue }
            let reach = radiusX * (1 - height * height).squareRoot()
            let left = max(window.x, FilledArea.firstCentre(from: centre.x - reach))
            let right = min(window.endX, FilledArea.firstCentre(from: centre.x + reach))
            if left < right { mark(row, left..<right) }
        }
    }
}
