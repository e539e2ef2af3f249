/// Decoded chunks of an image, kept for the windows that come next: bounded in bytes, the one that was not used for longest goes
/// first.
struct ChunkCache<Key: Hashable> {
    /// Memory of the chunks together; the last one is kept even if it is larger.
    let bytesMax: Int
    private var chunks: [Key: (pixels: PixelBuffer, lastUse: Int)] = [:]
    private var byteCount = 0
    private var uses = 0

    /// What an image may keep where nobody says otherwise.
    static var usualBytesMax: Int { 64 << 20 }

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// The chunk, from the cache or decoded.
    mutating func chunk(_ key: Key, decode: () throws(ImageError) -> PixelBuffer) throws(ImageError) -> PixelBuffer {
        uses += 1
        if let held = chunks[key] {
            chunks[key]?.lastUse = uses
            return held.pixels
        }
        let pixels = try decode()
        byteCount += pixels.bytes.count
        while byteCount > bytesMax, let oldest = chunks.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            byteCount -= oldest.value.pixels.bytes.count
            chunks[oldest.key] = nil
        }
        chunks[key] = (pixels, uses)
        return pixels
    }
}

extension PixelBuffer {
    /// The pixels of a window, put together from chunks of an image that is cut into them from its top-left pixel on.
    ///
    /// - Parameter chunk: the pixels of the chunk at a row and column of chunks, cut at the image's border.
    init(
        of window: PixelRect, in info: ImageInfo, _ chunkWidth: Int, _ chunkHeight: Int,
        chunk: (_ row: Int, _ column: Int) throws(ImageError) -> PixelBuffer
    ) throws(ImageError) {
        precondition(
            window.area > 0 && PixelRect(x: 0, y: 0, width: info.width, height: info.height).contains(window),
            "\(window) of \(info.width)×\(info.height)")
        let pixelByteCount = info.channels * info.sampleType.byteCount
        var bytes = [UInt8](repeating: 0, count: window.area * pixelByteCount)
        for row in window.y / chunkHeight...(window.endY - 1) / chunkHeight {
            for column in window.x / chunkWidth...(window.endX - 1) / chunkWidth {
                let part = try chunk(row, column)
                let (left, top) = (column * chunkWidth, row * chunkHeight)
                let (x, endX) = (max(window.x, left), min(window.endX, left + part.width))
                let byteCount = (endX - x) * pixelByteCount
                bytes.withUnsafeMutableBytes { bytes in
                    part.bytes.withUnsafeBytes { pixels in
                        for y in max(window.y, top)..<min(window.endY, top + part.height) {
                            let source = ((y - top) * part.width + x - left) * pixelByteCount
                            let target = ((y - window.y) * window.width + x - window.x) * pixelByteCount
                            bytes[target..<target + byteCount].copyBytes(from: pixels[source..<source + byteCount])
                        }
                    }
                }
            }
        }
        self.init(
            width: window.width, height: window.height, channels: info.channels, sampleType: info.sampleType, bytes: bytes)
    }
}
