package import Imaging

/// Windows of one level of a slide, as RGB: transparent pixels are laid over the slide's background.
///
/// Pixels are read in chunks of a fixed grid, which are kept for the windows beside. Where a level's size is no whole fraction of the
/// slide's, OpenSlide interpolates from the corner of what it is asked for: of fixed chunks, the same pixels come whatever the window.
package final class WholeSlideReader: WindowReader {
    package let info: ImageInfo
    package let chunkWidth = WholeSlideReader.chunkSide
    package let chunkHeight = WholeSlideReader.chunkSide
    private let image: WholeSlideImage
    private let level: Int
    private let background: RGBColour
    private var chunks: RecentValues<PixelRect, PixelBuffer>

    private static let chunkSide = 512

    package init(_ image: WholeSlideImage, level: Int, width: Int, height: Int, _ limits: ImageLimits) {
        info = ImageInfo(width: width, height: height, channels: 3, sampleType: .uint8)
        self.image = image
        self.level = level
        background = image.background
        chunks = RecentValues(byteCountMax: limits.cachedBytesMax)
    }

    package func read(_ window: PixelRect) throws(ImageError) -> PixelBuffer {
        try PixelBuffer(of: window, in: info, Self.chunkSide, Self.chunkSide) { (row, column) throws(ImageError) in
            let (x, y) = (column * Self.chunkSide, row * Self.chunkSide)
            return try chunk(
                PixelRect(x: x, y: y, width: min(Self.chunkSide, info.width - x), height: min(Self.chunkSide, info.height - y)))
        }
    }

    private func chunk(_ place: PixelRect) throws(ImageError) -> PixelBuffer {
        if let held = chunks.value(of: place) { return held }
        let pixels = try image.read(place, level: level)
        let bytes = [UInt8](unsafeUninitializedCapacity: 3 * pixels.count) { bytes, count in
            for (index, pixel) in pixels.enumerated() {
                let missing = 255 - (pixel >> 24)
                bytes[3 &* index] = Self.over(pixel >> 16, background.red, missing)
                bytes[3 &* index &+ 1] = Self.over(pixel >> 8, background.green, missing)
                bytes[3 &* index &+ 2] = Self.over(pixel, background.blue, missing)
            }
            count = 3 * pixels.count
        }
        let chunk = PixelBuffer(
            width: place.width, height: place.height, channels: 3, sampleType: .uint8, bytes: bytes)
        chunks.insert(chunk, of: place, byteCount: bytes.count)
        return chunk
    }

    /// A premultiplied value, in the lowest byte, over what is seen through it.
    @inline(__always)
    private static func over(_ value: UInt32, _ background: UInt8, _ missing: UInt32) -> UInt8 {
        UInt8(truncatingIfNeeded: min(255, value & 255 &+ (UInt32(background) &* missing &+ 127) / 255))
    }
}
