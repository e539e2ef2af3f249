internal import Imaging

/// A tile of a plane in one resolution.
struct TileKey: Hashable, Sendable {
    let image: LiveImage
    let level: Int
    let column: Int
    let row: Int
}

extension LiveView {
    /// Side of tiles, in pixels of their resolution.
    static let tileSide = 256
    /// A view of more tiles in the full resolution shows a smaller picture: they would take longer than a second.
    static let exactTilesMax = 40

    /// The resolution whose tiles are shown: the full one if it can be computed soon.
    package var shownLevel: Int {
        level == 0 || tileCount(width: rect.width, height: rect.height) <= Self.exactTilesMax ? 0 : level
    }

    private func tileCount(width: Int, height: Int) -> Int {
        ((width - 1) / Self.tileSide + 2) * ((height - 1) / Self.tileSide + 2)
    }

    /// The tiles that the view touches, those near its focus first.
    ///
    /// - Parameters:
    ///   - width: columns of the resolution that is shown.
    ///   - height: its rows.
    ///   - fullWidth: columns of the full resolution.
    ///   - fullHeight: its rows.
    func tiles(width: Int, height: Int, fullWidth: Int, fullHeight: Int) -> [TileKey] {
        let (level, side) = (shownLevel, Self.tileSide)
        let (scaleX, scaleY) = (Double(width) / Double(fullWidth), Double(height) / Double(fullHeight))
        func span(_ first: Int, _ end: Int, _ scale: Double, _ limit: Int) -> Range<Int> {
            let low = max(0, Int((Double(first) * scale).rounded(.down)))
            let high = min(limit, Int((Double(end) * scale).rounded(.up)))
            return low < high ? low / side..<(high - 1) / side + 1 : 0..<0
        }
        let columns = span(rect.x, rect.endX, scaleX, width)
        let rows = span(rect.y, rect.endY, scaleY, height)
        let focus = focus.map { [Double($0[0]), Double($0[1])] }
        let middle = [Double(rect.x) + Double(rect.width) / 2, Double(rect.y) + Double(rect.height) / 2]
        func distance(_ column: Int, _ row: Int) -> Double {
            let x = (Double(column) + 0.5) * Double(side) - (focus ?? middle)[0] * scaleX
            let y = (Double(row) + 0.5) * Double(side) - (focus ?? middle)[1] * scaleY
            return x * x + y * y
        }
        return rows.flatMap { row in columns.map { (column: $0, row: row) } }
            .sorted { (distance($0.column, $0.row), $0.row, $0.column) < (distance($1.column, $1.row), $1.row, $1.column) }
            .map { TileKey(image: image, level: level, column: $0.column, row: $0.row) }
    }
}
