/// What is summed over the pixels of an object in one tile, all in whole numbers.
///
/// Coordinates count from the tile's first pixel. A tile has at most 8192 × 8192 pixels, so that no sum exceeds 2⁵³.
package struct FragmentSums: Hashable, Sendable {
    package var value = CellValue(label: 0)
    package var area = 0
    package var x = 0
    package var y = 0
    package var xx = 0
    package var xy = 0
    package var yy = 0
    /// Columns `minX ..< endX` and rows `minY ..< endY`.
    package var minX = Int.max
    package var minY = Int.max
    package var endX = 0
    package var endY = 0
    /// The first column of the first row.
    package var firstX = 0
    package var perimeter = PerimeterCounts()

    package init() {}

    /// Adds a run of a row.
    mutating func add(_ start: Int, _ end: Int, row: Int) {
        let count = end - start
        if area == 0 { (firstX, minY) = (start, row) }
        let sum = (start + end - 1) * count / 2
        area += count
        x += sum
        y += row * count
        xx += Self.squares(below: end) - Self.squares(below: start)
        xy += row * sum
        yy += row * row * count
        minX = min(minX, start)
        endX = max(endX, end)
        endY = row + 1
    }

    /// 0² + 1² + … + (n − 1)².
    private static func squares(below n: Int) -> Int { n * (n - 1) * (2 * n - 1) / 6 }
}

/// Border pixels by what their neighbourhood adds to the perimeter: 1, √2 and (1 + √2)/2, as `skimage.measure.perimeter` has it
/// (Benkrid and Crookes, Design and FPGA Implementation of a Perimeter Estimator).
///
/// A border pixel has one of its four neighbours outside of the object. It is classed by the border pixels among its eight neighbours: 2 for
/// each at a side, 10 for each at a corner, 1 for itself.
package struct PerimeterCounts: Hashable, Sendable {
    package var straight = 0
    package var diagonal = 0
    package var mixed = 0

    package init() {}

    /// Counts a border pixel.
    mutating func add(_ sum: Int) {
        switch sum {
        case 5, 7, 15, 17, 25, 27: straight &+= 1
        case 21, 33: diagonal &+= 1
        case 13, 23: mixed &+= 1
        default: break
        }
    }

    /// In pixels.
    package var length: Double {
        Double(straight) + Double(diagonal) * 2.0.squareRoot() + Double(mixed) * (1 + 2.0.squareRoot()) / 2
    }
}
