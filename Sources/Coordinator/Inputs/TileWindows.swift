internal import Core

/// The tiles of one image with their windows, from the top to the bottom.
///
/// Where workers can read the image themselves, windows are named; otherwise their pixels are sent, and one band of tiles with its
/// halo is held, or of an image in chunks what its reader keeps.
struct TileWindows {
    let image: ImageInput
    let grid: TileGrid
    /// The image as workers know it; nil to send its pixels.
    private let reference: ImageReference?
    private let clock: PhaseClock
    private var reader: ImageWindows?
    private var nextTile = 0
    /// The window that was read last.
    private var last: PixelBuffer?

    init(image: ImageInput, grid: TileGrid, reference: ImageReference?, clock: PhaseClock) {
        self.image = image
        self.grid = grid
        self.reference = reference
        self.clock = clock
    }

    /// The row of tiles that the next tile is of.
    var nextRow: Int { nextTile / grid.columns }

    /// The next tile in row-major order; nil after the last one.
    mutating func next() throws -> (tile: Tile, window: WindowDocument)? {
        guard nextTile < grid.count else { return nil }
        let tile = grid.tile(row: nextTile / grid.columns, column: nextTile % grid.columns)
        let core = tile.core.relative(to: tile.window)
        nextTile += 1
        if var reference {
            reference.window = tile.window
            return (tile, WindowDocument(source: reference, core: core))
        }
        let pixels = try pixels(of: tile, in: tile.window)
        last = pixels
        return (tile, WindowDocument(pixels: pixels, core: core))
    }

    /// The pixels of the core of a tile, which `next` gave last.
    mutating func corePixels(of tile: Tile) throws -> PixelBuffer {
        try last?.cropped(to: tile.core.relative(to: tile.window)) ?? pixels(of: tile, in: tile.core)
    }

    private mutating func pixels(of tile: Tile, in window: PixelRect) throws -> PixelBuffer {
        try clock.measure("read") {
            let reader = try reader ?? ImageWindows(image.source, path: image.description)
            self.reader = reader
            if tile.index % grid.columns == 0 { try reader.advance(to: grid.windowRows(ofRow: tile.index / grid.columns)) }
            return try reader.window(window)
        }
    }
}
