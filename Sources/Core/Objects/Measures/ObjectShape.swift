internal import Foundation

/// Size, place and form of an object, in pixels, as `skimage.measure.regionprops` defines them (scikit-image 0.26).
///
/// Second moments are central moments over the area, without the extent of a pixel: those of the inertia tensor of `regionprops`. They are
/// made of whole numbers, so that nothing is lost before the division.
package struct ObjectShape: Hashable, Sendable {
    package let area: Int
    /// Of pixel centres: the first pixel of the image has its own at 0, 0.
    package let centroidX: Double
    package let centroidY: Double
    package let perimeter: Double
    /// Of the ellipse with the same second moments.
    package let majorAxis: Double
    package let minorAxis: Double
    /// 0 for a circle, below 1.
    package let eccentricity: Double
    /// Between the rows' axis (downwards) and the major axis, counter-clockwise, −π/2…π/2.
    package let orientation: Double
    /// Area over that of the convex hull.
    package let solidity: Double
    /// Of the circle with the same area.
    package let equivalentDiameter: Double

    package init(_ sums: ObjectSums, hullArea: Int) {
        area = sums.area
        let count = Int128(sums.area)
        // From the corner of the object's box, where numbers are small.
        let (left, top) = (Int128(sums.minX), Int128(sums.minY))
        let (x, y) = (sums.x - left * count, sums.y - top * count)
        let xx = sums.xx - 2 * left * sums.x + left * left * count
        let yy = sums.yy - 2 * top * sums.y + top * top * count
        let xy = sums.xy - left * sums.y - top * sums.x + left * top * count
        let number = Double(sums.area)
        centroidX = Double(sums.minX) + Double(x) / number
        centroidY = Double(sums.minY) + Double(y) / number
        perimeter = sums.perimeter.length
        let square = number * number
        // Variances along columns and rows and their covariance, of whole numbers.
        let (across, down, both) = (count * xx - x * x, count * yy - y * y, count * xy - x * y)
        let (spanX, spanY, spanXY) = (Double(across) / square, Double(down) / square, Double(both) / square)
        let middle = (spanX + spanY) / 2
        let half = (spanX - spanY) / 2
        let root = (half * half + spanXY * spanXY).squareRoot()
        let large = middle + root
        // The smaller eigenvalue as determinant over the larger one: their difference would lose digits.
        let (one, overflow) = across.multipliedReportingOverflow(by: down)
        let (two, overflows) = both.multipliedReportingOverflow(by: both)
        let determinant: Double
        if overflow || overflows {
            determinant = Double(across) * Double(down) - Double(both) * Double(both)
        } else {
            determinant = Double(one - two)
        }
        let small = large > 0 ? max(0, determinant / (square * square) / large) : 0
        majorAxis = 4 * large.squareRoot()
        minorAxis = 4 * small.squareRoot()
        eccentricity = large > 0 ? max(0, 1 - small / large).squareRoot() : 0
        // The off-diagonal of the inertia tensor is −spanXY.
        if across == down {
            orientation = both > 0 ? Double.pi / 4 : -Double.pi / 4
        } else {
            orientation = 0.5 * atan2(2 * spanXY, spanY - spanX)
        }
        solidity = number / Double(max(hullArea, 1))
        equivalentDiameter = (4 * number / Double.pi).squareRoot()
    }
}
