/// Rectangles that cover the pixels with data of a tile's core, so that what has none costs little.
///
/// 1. The core is cut into bands of 64 rows, and each band down to the smallest rectangle around its pixels with data.
/// 2. From the top down, rectangles are joined where the one around both costs no more than the two: a rectangle costs its pixels, and
///    some rows more that are blurred above and below.
package enum ValidParts {
    private static let bandRows = 64
    /// Rows that a rectangle costs besides its own and its reach: half a block of rows is computed in vain.
    private static let wastedRows = 16

    /// The rectangles, from the top to the bottom, in the buffer's coordinates; none if no pixel of the core has data.
    ///
    /// - Parameter reach: rows that are blurred above and below a rectangle.
    /// - Precondition: `core` lies inside the buffer.
    /// - Complexity: O(the core's pixels).
    package static func cover(_ core: PixelRect, of buffer: PixelBuffer, reach: Int) -> [PixelRect] {
        guard let validity = buffer.validity(of: core) else { return [core] }
        var parts: [PixelRect] = []
        for top in stride(from: 0, to: core.height, by: bandRows) {
            let rows = top..<min(top + bandRows, core.height)
            guard let box = box(of: validity, width: core.width, rows: rows) else { continue }
            let part = PixelRect(x: core.x + box.x, y: core.y + box.y, width: box.width, height: box.height)
            guard let last = parts.last else {
                parts.append(part)
                continue
            }
            let joined = last.joined(with: part)
            let extra = 2 * reach + wastedRows
            let saved = cost(last, extra) + cost(part, extra) - cost(joined, extra)
            if saved >= 0 { parts[parts.count - 1] = joined } else { parts.append(part) }
        }
        return parts
    }

    private static func cost(_ part: PixelRect, _ extra: Int) -> Int { part.width * (part.height + extra) }

    /// The smallest rectangle around the ones in some rows of a mask; nil if there are none.
    private static func box(of validity: [UInt8], width: Int, rows: Range<Int>) -> PixelRect? {
        var (left, right, top, bottom) = (Int.max, -1, Int.max, -1)
        for row in rows {
            let line = validity[row * width..<(row + 1) * width]
            guard let first = line.firstIndex(of: 1), let last = line.lastIndex(of: 1) else { continue }
            (top, bottom) = (min(top, row), row)
            (left, right) = (min(left, first - line.startIndex), max(right, last - line.startIndex))
        }
        return right < 0 ? nil : PixelRect(x: left, y: top, width: right - left + 1, height: bottom - top + 1)
    }
}

extension PixelRect {
    /// The smallest rectangle that holds both.
    func joined(with other: PixelRect) -> PixelRect {
        let (left, top) = (min(x, other.x), min(y, other.y))
        return PixelRect(x: left, y: top, width: max(endX, other.endX) - left, height: max(endY, other.endY) - top)
    }
}
