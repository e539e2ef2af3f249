/// A rectangle of whole pixels: columns `x ..< x + width`, rows `y ..< y + height`, origin at the image's top-left pixel.
package struct PixelRect: Codable, Hashable, Sendable {
    package var x: Int
    package var y: Int
    package var width: Int
    package var height: Int

    package init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// The first column to the right of the rectangle.
    package var endX: Int { x + width }

    /// The first row below the rectangle.
    package var endY: Int { y + height }

    /// The number of pixels covered.
    package var area: Int { width * height }

    /// The rectangle grown by `haloPixels` on every side, clipped to an image of `width` × `height` pixels.
    package func padded(by haloPixels: Int, clippedTo width: Int, _ height: Int) -> PixelRect {
        let left = max(0, x - haloPixels)
        let top = max(0, y - haloPixels)
        return PixelRect(
            x: left, y: top,
            width: min(width, endX + haloPixels) - left,
            height: min(height, endY + haloPixels) - top)
    }

    /// The same rectangle in the coordinates of `window`, whose top-left pixel becomes the origin.
    package func relative(to window: PixelRect) -> PixelRect {
        PixelRect(x: x - window.x, y: y - window.y, width: width, height: height)
    }

    /// Whether `other` lies wholly inside this rectangle.
    package func contains(_ other: PixelRect) -> Bool {
        other.x >= x && other.y >= y && other.endX <= endX && other.endY <= endY
    }
}

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
