internal import Jobs

/// Where forests know least: the cells of tiles by their mean uncertainty.
struct DoubtfulPlaces {
    /// Side of a cell, in pixels of the tile.
    static let side = 32

    private struct Cell {
        let image: LiveImage
        let level: Int
        /// The middle, in the full resolution.
        let x: Double
        let y: Double
        /// Mean over the cell, 0…255.
        let doubt: Double
        /// Pixels of the full resolution within which no other place is chosen.
        let reach: Double
    }

    private var cells: [TileKey: [Cell]] = [:]

    mutating func removeAll(of level: Int) { cells = cells.filter { $0.key.level != level } }

    /// Takes a tile, if it has its uncertainty.
    ///
    /// - Parameter scale: pixels of the full resolution a pixel of the tile.
    mutating func add(_ tile: LiveTile, scale: Double) {
        guard let doubt = tile.maps[.uncertainty] else { return }
        var found: [Cell] = []
        for top in stride(from: 0, to: tile.height, by: Self.side) {
            for left in stride(from: 0, to: tile.width, by: Self.side) {
                let (right, bottom) = (min(left + Self.side, tile.width), min(top + Self.side, tile.height))
                var sum = 0
                for row in top..<bottom { for column in left..<right { sum += Int(doubt[row * tile.width + column]) } }
                let x = Double(tile.column * LiveView.tileSide) + Double(left + right) / 2
                let y = Double(tile.row * LiveView.tileSide) + Double(top + bottom) / 2
                found.append(
                    Cell(
                        image: tile.image, level: tile.level, x: x * scale, y: y * scale,
                        doubt: Double(sum) / Double((right - left) * (bottom - top)), reach: Double(3 * Self.side) * scale))
            }
        }
        cells[TileKey(image: tile.image, level: tile.level, column: tile.column, row: tile.row)] = found
    }

    /// The `n`-th place in an image, the most doubtful first: each at least three cells from those before.
    func place(_ n: Int, in image: LiveImage) -> (x: Int, y: Int, uncertainty: Double)? {
        let own = cells.values.joined().filter { $0.image == image }
            .sorted { ($1.doubt, $0.y, $0.x) < ($0.doubt, $1.y, $1.x) }
        var chosen: [Cell] = []
        for cell in own where chosen.count <= n {
            if chosen.allSatisfy({ ($0.x - cell.x).magnitude > cell.reach || ($0.y - cell.y).magnitude > cell.reach }) {
                chosen.append(cell)
            }
        }
        guard chosen.count > n else { return nil }
        return (Int(chosen[n].x), Int(chosen[n].y), chosen[n].doubt / 255)
    }
}
