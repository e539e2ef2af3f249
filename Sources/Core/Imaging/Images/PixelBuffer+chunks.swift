extension PixelBuffer {
    /// The pixels of a window, put together from chunks of an image that is cut into them from its top-left pixel on.
    ///
    /// - Parameter chunk: the pixels of the chunk at a row and column of chunks, cut at the image's border.
    package init(
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
