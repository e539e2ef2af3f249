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
