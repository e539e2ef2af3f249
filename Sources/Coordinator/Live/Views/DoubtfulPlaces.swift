internal import Jobs

/// Where forests know least: small cells of tiles by their mean uncertainty, those first beside which nothing is painted.
///
/// The most uncertain pixels lie where classes meet, and stay uncertain however much is painted there; without the rule on labels a forest asks
/// for the same place again and again (`Benchmarks/annotator/simulated.py`).
struct DoubtfulPlaces {
    /// Side of a cell, in pixels of the tile; tiles are whole cells.
    static let side = 16

    /// A cell of the grid of a plane in a resolution.
    struct Spot: Hashable {
        let level: Int
        let column: Int
        let row: Int
    }

    private struct Cell {
        let image: LiveImage
        let spot: Spot
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
                let (firstX, firstY) = (tile.column * LiveView.tileSide, tile.row * LiveView.tileSide)
                let spot = Spot(
                    level: tile.level, column: (firstX + left) / Self.side, row: (firstY + top) / Self.side)
                found.append(
                    Cell(
                        image: tile.image, spot: spot, x: (Double(firstX) + Double(left + right) / 2) * scale,
                        y: (Double(firstY) + Double(top + bottom) / 2) * scale,
                        doubt: Double(sum) / Double((right - left) * (bottom - top)), reach: Double(3 * Self.side) * scale))
            }
        }
        cells[TileKey(image: tile.image, level: tile.level, column: tile.column, row: tile.row)] = found
    }

    /// The `n`-th place in an image, the most doubtful first: each at least three cells from those before. Cells far from all labels come
    /// before those beside labels, and these before those with labels.
    ///
    /// - Parameter labelled: the cells of the image in which pixels are labelled.
    /// - Complexity: O(*c* log *c* + *n c*) for *c* cells.
    func place(_ n: Int, in image: LiveImage, labelled: Set<Spot>) -> (x: Int, y: Int, uncertainty: Double)? {
        let own = cells.values.joined().filter { $0.image == image }.map { (cell: $0, nearness: $0.spot.nearness(to: labelled)) }
            .sorted {
                ($0.nearness, $1.cell.doubt, $0.cell.y, $0.cell.x) < ($1.nearness, $0.cell.doubt, $1.cell.y, $1.cell.x)
            }
        var chosen: [Cell] = []
        for (cell, _) in own where chosen.count <= n {
            if chosen.allSatisfy({ ($0.x - cell.x).magnitude > cell.reach || ($0.y - cell.y).magnitude > cell.reach }) {
                chosen.append(cell)
            }
        }
        guard chosen.count > n else { return nil }
        return (Int(chosen[n].x), Int(chosen[n].y), chosen[n].doubt / 255)
    }
}

extension DoubtfulPlaces.Spot {
    /// 2 with labels in it, 1 with labels in one of its eight neighbours, else 0.
    fileprivate func nearness(to labelled: Set<Self>) -> Int {
        if labelled.contains(self) { return 2 }
        for down in -1...1 {
            for across in -1...1 where labelled.contains(Self(level: level, column: column + across, row: row + down)) {
                return 1
            }
        }
        return 0
    }
}
