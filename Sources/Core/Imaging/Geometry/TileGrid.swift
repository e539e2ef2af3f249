/// One tile of an image: the core rectangle that is written, and the padded window that is only read.
package struct Tile: Hashable, Sendable {
    /// Position in row-major order over the grid.
    package let index: Int
    /// The pixels that this tile writes, in image coordinates.
    package let core: PixelRect
    /// The pixels that this tile reads: `core` padded by the halo and clipped to the image.
    package let window: PixelRect
}

/// The division of an image into square tiles, row-major; the last column and row are cut at the image's border.
package struct TileGrid: Hashable, Sendable {
    package let imageWidth: Int
    package let imageHeight: Int
    package let tileSide: Int
    package let haloPixels: Int

    /// - Precondition: all sizes ≥ 1 and `haloPixels` ≥ 0.
    package init(imageWidth: Int, imageHeight: Int, tileSide: Int, haloPixels: Int) {
        precondition(imageWidth >= 1 && imageHeight >= 1, "image \(imageWidth)×\(imageHeight)")
        precondition(tileSide >= 1 && haloPixels >= 0, "tile \(tileSide), halo \(haloPixels)")
        self.imageWidth = imageWidth
        self.imageHeight = imageHeight
        self.tileSide = tileSide
        self.haloPixels = haloPixels
    }

    package var columns: Int { (imageWidth - 1) / tileSide + 1 }
    package var rows: Int { (imageHeight - 1) / tileSide + 1 }
    package var count: Int { columns * rows }

    /// The tile at grid position (`row`, `column`).
    package func tile(row: Int, column: Int) -> Tile {
        precondition((0..<rows).contains(row) && (0..<columns).contains(column), "tile (\(row), \(column))")
        let x = column * tileSide
        let y = row * tileSide
        let core = PixelRect(
            x: x, y: y, width: min(tileSide, imageWidth - x), height: min(tileSide, imageHeight - y))
        return Tile(
            index: row * columns + column, core: core,
            window: core.padded(by: haloPixels, clippedTo: imageWidth, imageHeight))
    }

    /// The rows of the image that the tiles of grid row `row` read.
    package func windowRows(ofRow row: Int) -> Range<Int> {
        let window = tile(row: row, column: 0).window
        return window.y..<window.endY
    }
}
