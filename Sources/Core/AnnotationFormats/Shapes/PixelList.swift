internal import Annotations
internal import Imaging

/// Marked pixels in any order, which become a patch.
struct PixelList {
    /// Row in the upper, column in the lower half, so that their order is that of the rows.
    private var pixels: [UInt64] = []

    /// Marks a pixel.
    ///
    /// - Returns: false for one that cannot be of an image.
    mutating func add(x: Double, y: Double) -> Bool {
        guard let column = UInt32(exactly: x), let row = UInt32(exactly: y), column < AnnotationLimits.sideMax,
            row < AnnotationLimits.sideMax
        else { return false }
        pixels.append(UInt64(row) << 32 | UInt64(column))
        return true
    }

    /// The patch of all pixels; nil without any.
    ///
    /// - Complexity: O(n log n).
    func patch() -> RasterPatch? {
        let sorted = pixels.sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        let (top, bottom) = (Int(first >> 32), Int(last >> 32) + 1)
        var rows = [[Range<Int>]](repeating: [], count: bottom - top)
        for pixel in sorted {
            let (row, column) = (Int(pixel >> 32) - top, Int(pixel & 0xFFFF_FFFF))
            if let run = rows[row].last, column <= run.upperBound {
                // The same pixel may be listed twice.
                rows[row][rows[row].count - 1] = run.lowerBound..<max(run.upperBound, column + 1)
            } else {
                rows[row].append(column..<column + 1)
            }
        }
        let width = rows.compactMap { $0.last?.upperBound }.max() ?? 0
        return RasterPatch(bounds: PixelRect(x: 0, y: top, width: width, height: bottom - top), rows: rows).trimmed
    }
}
