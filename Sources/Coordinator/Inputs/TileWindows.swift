internal import Imaging

/// The tiles of one image with their windows, from the top to the bottom.
///
/// Of an image that is decoded row by row, and not by the workers, one band of tiles with its halo is held.
struct TileWindows {
    let image: ImageInput
    let grid: TileGrid
    let access: ImageAccess
    private let clock: PhaseClock
    private var reader: ImageWindows?
    private var nextTile = 0
    /// The window that was read last.
    private var last: PixelBuffer?

    init(image: ImageInput, grid: TileGrid, access: ImageAccess, clock: PhaseClock) {
        self.image = image
        self.grid = grid
        self.access = access
        self.clock = clock
    }

    /// The row of tiles that the next tile is of.
    var nextRow: Int { nextTile / grid.columns }

    /// The next tile in row-major order; nil after the last one.
    mutating func next() throws -> (tile: Tile, window: TileWindow)? {
        guard nextTile < grid.count else { return nil }
        let tile = grid.tile(row: nextTile / grid.columns, column: nextTile % grid.columns)
        let core = tile.core.relative(to: tile.window)
        nextTile += 1
        guard access.comesInBands else {
            var window = access.window(tile.window, core: core)
            window.continuesPrevious = access.reference != nil && TileWindow.continues(column: tile.index % grid.columns)
            return (tile, window)
        }
        let pixels = try pixels(of: tile, in: tile.window)
        last = pixels
        return (tile, access.window(of: pixels, core: core))
    }

    /// Passes over the next tile.
    mutating func skip() { nextTile += 1 }

    /// The pixels of the core of a tile, which `next` gave last.
    mutating func corePixels(of tile: Tile) throws -> PixelBuffer {
        try last?.cropped(to: tile.core.relative(to: tile.window)) ?? pixels(of: tile, in: tile.core)
    }

    private mutating func pixels(of tile: Tile, in window: PixelRect) throws -> PixelBuffer {
        try clock.measure("read") {
            let reader = try reader ?? ImageWindows(image.source, path: image.description)
            self.reader = reader
            // Not at the first tile of a row alone, which may have been skipped.
            try reader.advance(to: grid.windowRows(ofRow: tile.index / grid.columns))
            return try reader.window(window)
        }
    }
}

/// Keeps the rows of an image that are held at once within bounds, whatever its header claims.
struct BandBudget {
    /// Bytes of one decoded row.
    let rowByteCount: Int
    let haloPixels: Int

    /// Bytes of one band of tiles with its halo.
    static let bytesMax = 1 << 31

    /// The side of the tiles: the one asked for, or the preferred one made smaller until a band fits.
    ///
    /// - Throws: a bad-input error when no band fits, or not the one asked for.
    func tileSide(_ asked: Int?, preferred: Int, image: String) throws(CoordinatorError) -> Int {
        var side = asked ?? preferred
        if asked == nil {
            while side > 16, byteCount(side) > Self.bytesMax { side /= 2 }
        }
        guard byteCount(side) <= Self.bytesMax else {
            throw CoordinatorError(
                .badInput,
                "\(image): expected at most \(Self.bytesMax) bytes for a band of tiles of \(side) pixels and its halo, "
                    + "found a need of \(byteCount(side)); take a smaller --tile or --sigma-max")
        }
        return side
    }

    private func byteCount(_ side: Int) -> Int { (side + 2 * haloPixels) * rowByteCount }
}
