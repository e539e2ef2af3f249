internal import Jobs

/// Where forests know least: small cells of tiles by their mean uncertainty, those first beside which nothing is painted.
///
/// 1. The most uncertain pixels lie where classes meet, and stay uncertain however much is painted there; without the rule on labels a
///    forest asks for the same place again and again (`Benchmarks/annotator/simulated.py`).
/// 2. Cells outlive the forest that made them: those far from the view stay until a tile of a newer forest covers them. Until then they are
///    stale, and count for `staleWeight` of their uncertainty: forests grow surer with each stroke.
/// 3. Means over pixels of different sizes do not compare. A place is chosen among the cells of one resolution alone: the one whose tiles
///    cover most of the image; of two, the finer.
/// 4. Of all images together `tilesMax` tiles are known, those that were made last.
struct DoubtfulPlaces: Sendable {
    /// Side of a cell, in pixels of the tile; tiles are whole cells.
    static let side = 16
    /// What a stale cell counts for, of its uncertainty.
    static let staleWeight = 0.5

    /// A plane in a resolution.
    struct Resolution: Hashable, Sendable {
        /// 0 for the full one.
        let level: Int
        /// Columns.
        let width: Int
        /// Rows.
        let height: Int
        /// Columns of the full resolution.
        let fullWidth: Int
        /// Rows of the full resolution.
        let fullHeight: Int
    }

    /// A cell of the grid of a plane in a resolution.
    struct Spot: Hashable, Sendable {
        let level: Int
        let column: Int
        let row: Int
    }

    /// The cells of a tile.
    private struct Tile {
        /// Columns, in pixels.
        let width: Int
        /// Rows, in pixels.
        let height: Int
        let resolution: Resolution
        /// Pixels of the full resolution below it.
        let area: Int
        /// `[row][column]`: sums over the pixels of each cell, 0…255 each.
        let sums: [UInt16]
        /// Ascending in the order in which tiles were made.
        let number: Int
        /// Whether a newer forest is shown.
        var isStale = false

        /// The cells, row by row.
        func cells(_ key: TileKey) -> [Cell] {
            let scaleX = Double(resolution.fullWidth) / Double(resolution.width)
            let scaleY = Double(resolution.fullHeight) / Double(resolution.height)
            let (firstX, firstY) = (key.column * LiveView.tileSide, key.row * LiveView.tileSide)
            let across = (width - 1) / side + 1
            return sums.indices.map { index in
                let (left, top) = (index % across * side, index / across * side)
                let (right, bottom) = (min(left + side, width), min(top + side, height))
                let doubt = Double(sums[index]) / Double((right - left) * (bottom - top))
                return Cell(
                    spot: Spot(level: key.level, column: (firstX + left) / side, row: (firstY + top) / side),
                    x: (Double(firstX) + Double(left + right) / 2) * scaleX,
                    y: (Double(firstY) + Double(top + bottom) / 2) * scaleY, doubt: doubt,
                    weight: isStale ? doubt * staleWeight : doubt)
            }
        }
    }

    private struct Cell {
        let spot: Spot
        /// The middle, in the full resolution.
        let x: Double
        let y: Double
        /// Mean over the cell, 0…255.
        let doubt: Double
        /// What it counts for.
        let weight: Double
    }

    /// Tiles that are known at most: 2¹⁸ cells, of two bytes each.
    let tilesMax: Int
    private var tiles: [TileKey: Tile] = [:]
    private var madeCount = 0

    init(tilesMax: Int = 1 << 10) { self.tilesMax = tilesMax }

    // MARK: What is known

    /// Forgets all tiles.
    mutating func removeAll() { tiles = [:] }

    /// Forgets the tiles of resolutions.
    mutating func removeAll(of levels: Set<Int>) { tiles = tiles.filter { !levels.contains($0.key.level) } }

    /// Notes that a newer forest of a resolution is shown.
    mutating func markStale(level: Int) {
        for key in Array(tiles.keys) where key.level == level { tiles[key]?.isStale = true }
    }

    /// Whether a tile of the newest forest is known.
    func isFresh(_ key: TileKey) -> Bool { tiles[key]?.isStale == false }

    /// Takes a tile of the newest forest, if it has its uncertainty, in the place of the same of an earlier one.
    mutating func add(_ tile: LiveTile, of resolution: Resolution) {
        guard let doubt = tile.maps[.uncertainty] else { return }
        var sums: [UInt16] = []
        for top in stride(from: 0, to: tile.height, by: Self.side) {
            for left in stride(from: 0, to: tile.width, by: Self.side) {
                let (right, bottom) = (min(left + Self.side, tile.width), min(top + Self.side, tile.height))
                var sum = 0
                for row in top..<bottom { for column in left..<right { sum += Int(doubt[row * tile.width + column]) } }
                // At most 255 × 256.
                sums.append(UInt16(sum))
            }
        }
        let key = TileKey(image: tile.image, level: tile.level, column: tile.column, row: tile.row)
        let area = ReducedTile.cost(
            of: key, size: (resolution.width, resolution.height), full: (resolution.fullWidth, resolution.fullHeight))
        madeCount += 1
        tiles[key] = Tile(
            width: tile.width, height: tile.height, resolution: resolution, area: area, sums: sums, number: madeCount)
        if tiles.count > tilesMax, let oldest = tiles.min(by: { $0.value.number < $1.value.number })?.key {
            tiles[oldest] = nil
        }
    }

    // MARK: What is chosen

    /// The resolution whose cells are compared: the one whose tiles, stale or not, cover most pixels of the image; of two, the finer. Nil
    /// where no tile is known.
    func resolution(of image: LiveImage) -> Resolution? {
        var found: [Int: (area: Int, resolution: Resolution)] = [:]
        for (key, tile) in tiles where key.image == image {
            found[key.level] = (area: (found[key.level]?.area ?? 0) + tile.area, resolution: tile.resolution)
        }
        return found.max { ($0.value.area, $1.key) < ($1.value.area, $0.key) }?.value.resolution
    }

    /// The `n`-th place in an image, the most doubtful first: each more than three cells from those before. Cells far from all labels come
    /// before those beside labels, and these before those with labels.
    ///
    /// - Parameter labelled: the cells of `resolution(of:)` in which pixels are labelled.
    /// - Returns: column and row in the full resolution, and the uncertainty, 0…1, as it was when the cell was made.
    /// - Complexity: O(*c* log *c*) for *c* cells.
    func place(_ n: Int, in image: LiveImage, labelled: Set<Spot>) -> (x: Int, y: Int, uncertainty: Double)? {
        guard let resolution = resolution(of: image) else { return nil }
        var cells: [(cell: Cell, nearness: Int)] = []
        for (key, tile) in tiles where key.image == image && key.level == resolution.level {
            for cell in tile.cells(key) { cells.append((cell: cell, nearness: cell.spot.nearness(to: labelled))) }
        }
        cells.sort {
            ($0.nearness, $1.cell.weight, $0.cell.spot.row, $0.cell.spot.column)
                < ($1.nearness, $0.cell.weight, $1.cell.spot.row, $1.cell.spot.column)
        }
        var left = n
        var taken: Set<Spot> = []
        for (cell, _) in cells where !taken.contains(cell.spot) {
            if left == 0 { return (Int(cell.x), Int(cell.y), cell.doubt / 255) }
            left -= 1
            for down in -3...3 {
                for across in -3...3 {
                    taken.insert(
                        Spot(level: resolution.level, column: cell.spot.column + across, row: cell.spot.row + down))
                }
            }
        }
        return nil
    }
}

extension DoubtfulPlaces.Resolution {
    /// The resolution of an open plane.
    init(_ source: LiveSource) {
        self.init(
            level: source.level, width: source.width, height: source.height, fullWidth: source.fullWidth,
            fullHeight: source.fullHeight)
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
