internal import Imaging

extension ArraySlice<UInt16> {
    /// The runs of a label, counted from the slice's start.
    package func runs(of label: UInt16) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start: Int?
        for index in indices {
            if self[index] == label {
                if start == nil { start = index }
            } else if let begin = start {
                runs.append(begin - startIndex..<index - startIndex)
                start = nil
            }
        }
        if let start { runs.append(start - startIndex..<endIndex - startIndex) }
        return runs
    }
}

extension RasterPatch {
    /// The patch in the box around its marked pixels.
    package var trimmed: RasterPatch {
        let marked = rows.indices.filter { !rows[$0].isEmpty }
        guard let first = marked.first, let last = marked.last else {
            return RasterPatch(bounds: PixelRect(x: bounds.x, y: bounds.y, width: 0, height: 0), rows: [])
        }
        let left = rows.compactMap { $0.first?.lowerBound }.min() ?? 0
        let right = rows.compactMap { $0.last?.upperBound }.max() ?? 0
        return RasterPatch(
            bounds: PixelRect(x: bounds.x + left, y: bounds.y + first, width: right - left, height: last - first + 1),
            rows: rows[first...last].map { $0.map { $0.lowerBound - left..<$0.upperBound - left } })
    }
}
