internal import Core

/// The tiles of one image with the pixels of their windows, from the top to the bottom; holds one band of tiles with its halo.
struct TileWindows {
    let image: String
    let grid: TileGrid
    private let clock: PhaseClock
    private var reader: BandReader?
    private var nextTile = 0

    init(image: String, grid: TileGrid, clock: PhaseClock) {
        self.image = image
        self.grid = grid
        self.clock = clock
    }

    /// The row of tiles that the next tile is of.
    var nextRow: Int { nextTile / grid.columns }

    /// The next tile in row-major order; nil after the last one.
    mutating func next() throws -> (tile: Tile, window: PixelBuffer)? {
        guard nextTile < grid.count else { return nil }
        let tile = grid.tile(row: nextTile / grid.columns, column: nextTile % grid.columns)
        let window = try clock.measure("read") {
            let reader = try reader ?? BandReader(ImageFile.open(path: image))
            self.reader = reader
            if nextTile % grid.columns == 0 { try reader.advance(to: grid.windowRows(ofRow: nextTile / grid.columns)) }
            return reader.window(tile.window)
        }
        nextTile += 1
        return (tile, window)
    }

    /// The pixels of a tile's core; the tile must be of the row that `next` gave last.
    func corePixels(of tile: Tile) -> PixelBuffer? { reader?.window(tile.core) }
}
