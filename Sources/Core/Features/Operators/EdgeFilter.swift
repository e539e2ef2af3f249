/// Sobel's gradient magnitude, equal to `skimage.filters.sobel`: sqrt(gx² + gy²) / √2 with the kernels [1, 2, 1] ⊗ [1, 0, −1] / 4 and
/// the border rule "reflect" (d c b a | a b c d), which for a reach of one repeats the border pixel.
///
/// Floating-point order, with n, s, w, e for the neighbours:
///
///     x = fma(2, e − w, (ne − nw) + (se − sw));  y = fma(2, s − n, (sw − nw) + (se − ne))
///     value = sqrt(fma(x, x, y · y)) · (1 / 4√2)
enum EdgeFilter {
    /// 1 / (4 √2) as the nearest float.
    private static let scale: Float = 0.176_776_69

    /// The values of eight pixels.
    ///
    /// - Parameters:
    ///   - above, middle, below: the blurred rows, at the first pixel; one float before and after the pixels is read.
    ///     A row outside the image is passed as the border row itself.
    @inline(__always)
    static func values(
        above: UnsafePointer<Float>, middle: UnsafePointer<Float>, below: UnsafePointer<Float>
    ) -> Lanes {
        let two = Lanes(repeating: 2)
        let alongWest = Lanes(below - 1) - Lanes(above - 1)
        let alongEast = Lanes(below + 1) - Lanes(above + 1)
        let acrossNorth = Lanes(above + 1) - Lanes(above - 1)
        let acrossSouth = Lanes(below + 1) - Lanes(below - 1)
        let x = (acrossNorth + acrossSouth).plus(two, times: Lanes(middle + 1) - Lanes(middle - 1))
        let y = (alongWest + alongEast).plus(two, times: Lanes(below) - Lanes(above))
        return (y * y).plus(x, times: x).squareRoot() * Lanes(repeating: scale)
    }

    /// The same operations for a pixel in the image's first or last column, whose neighbours outside are the pixel itself: `west` and `east` are
    /// the column offsets of its neighbours, −1…1.
    static func border(
        above: UnsafePointer<Float>, middle: UnsafePointer<Float>, below: UnsafePointer<Float>, west: Int, east: Int
    ) -> Float {
        let across = middle[east] - middle[west]
        let down = below[0] - above[0]
        let x = ((above[east] - above[west]) + (below[east] - below[west])).addingProduct(2, across)
        let y = ((below[west] - above[west]) + (below[east] - above[east])).addingProduct(2, down)
        return (y * y).addingProduct(x, x).squareRoot() * scale
    }
}
