internal import Imaging

/// A list of pixels, and rectangles that cover them without computing much in between.
struct ListedPixels {
    /// `rowStarts[row] ..< rowStarts[row + 1]` are the list positions of a row's pixels.
    let rowStarts: [Int]
    /// Disjoint rectangles of the core that cover every listed pixel.
    let parts: [PixelRect]

    /// Columns without a pixel that separate two rectangles: blurring them would cost less than starting anew.
    private static let gapColumns = 64

    /// Rows of a band of rectangles: with the reach on each side they are the fewest whole blocks that have 16 rows or more besides it.
    private static func bandRows(reach: Int) -> Int {
        (2 * reach + 15 + Strip.lanes) / Strip.lanes * Strip.lanes - 2 * reach
    }

    /// - Parameter reach: blurred pixels that the features read around a pixel.
    /// - Precondition: `pixels`, `row * width + column`, strictly ascending and inside.
    init(_ pixels: [Int32], width: Int, height: Int, reach: Int) {
        var starts = [Int](repeating: 0, count: height + 1)
        var previous: Int32 = -1
        for pixel in pixels {
            precondition(pixel > previous && Int(pixel) < width * height, "pixel \(pixel) after \(previous)")
            starts[Int(pixel) / width + 1] += 1
            previous = pixel
        }
        for row in 0..<height { starts[row + 1] += starts[row] }
        rowStarts = starts

        var parts: [PixelRect] = []
        let bandRows = Self.bandRows(reach: reach)
        for top in stride(from: 0, to: height, by: bandRows) {
            let bottom = min(height, top + bandRows)
            let listed = pixels[starts[top]..<starts[bottom]].map { (row: Int($0) / width, column: Int($0) % width) }
            parts += Self.parts(of: listed.sorted { $0.column < $1.column })
        }
        self.parts = parts
    }

    /// Splits the pixels of a band, ascending by column, at wide gaps.
    private static func parts(of band: [(row: Int, column: Int)]) -> [PixelRect] {
        var parts: [PixelRect] = []
        var first = 0
        for end in band.indices.map({ $0 + 1 })
        where end == band.count || band[end].column - band[end - 1].column > gapColumns {
            let group = band[first..<end]
            let rows = group.map(\.row)
            let top = rows.min() ?? 0
            let left = band[first].column
            parts.append(
                PixelRect(x: left, y: top, width: band[end - 1].column + 1 - left, height: (rows.max() ?? top) + 1 - top))
            first = end
        }
        return parts
    }
}
