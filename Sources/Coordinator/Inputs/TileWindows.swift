internal import Core

/// The tiles of one image with the pixels of their windows, from the top to the bottom; holds one band of tiles with its halo, or of
/// an image in chunks what its reader keeps.
struct TileWindows {
    let image: String
    let grid: TileGrid
    private let clock: PhaseClock
    private var reader: ImageWindows?
    private var nextTile = 0
    /// The window that was given last.
    private var last: (tile: Tile, pixels: PixelBuffer)?

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
            let reader = try reader ?? ImageWindows(ImageFile.source(path: image))
            self.reader = reader
            if nextTile % grid.columns == 0 { try reader.advance(to: grid.windowRows(ofRow: nextTile / grid.columns)) }
            return try reader.window(tile.window)
        }
        nextTile += 1
        last = (tile, window)
        return (tile, window)
    }

    /// The pixels of the core of the tile that `next` gave last.
    var corePixels: PixelBuffer? { last.map { $0.pixels.cropped(to: $0.tile.core.relative(to: $0.tile.window)) } }
}
