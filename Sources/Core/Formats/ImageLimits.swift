package import Imaging

/// Limits of what reading an image may take, checked before anything is allocated for it.
package struct ImageLimits: Hashable, Sendable {
    /// Columns.
    package var widthMax: Int
    /// Rows.
    package var heightMax: Int
    /// Decoded bytes that are held at once: the whole image where its format cannot be streamed, otherwise one row.
    package var heldBytesMax: Int
    /// Bytes of decoded chunks that are kept for neighbouring windows; at most `heldBytesMax`.
    package var cachedBytesMax: Int
    /// Bytes that one ancillary chunk of a PNG may unpack to.
    package var chunkBytesMax: Int
    /// Ancillary chunks of a PNG that are kept.
    package var chunkCountMax: Int
    /// Scans of a progressive JPEG.
    package var scanCountMax: Int

    package init(
        widthMax: Int = 1_000_000,
        heightMax: Int = 1_000_000,
        heldBytesMax: Int = 4 << 30,
        cachedBytesMax: Int = 20 << 20,
        chunkBytesMax: Int = 8 << 20,
        chunkCountMax: Int = 1000,
        scanCountMax: Int = 100
    ) {
        self.widthMax = widthMax
        self.heightMax = heightMax
        self.heldBytesMax = heldBytesMax
        self.cachedBytesMax = min(cachedBytesMax, heldBytesMax)
        self.chunkBytesMax = chunkBytesMax
        self.chunkCountMax = chunkCountMax
        self.scanCountMax = scanCountMax
    }

    /// Checks an image's size before it is decoded.
    ///
    /// - Throws: `ImageError.unsupported` naming the limit.
    func check(width: Int, height: Int, path: String) throws(ImageError) {
        guard width <= widthMax && height <= heightMax else {
            throw .unsupported(
                path: path, reason: "expected at most \(widthMax)×\(heightMax) pixels, found \(width)×\(height)")
        }
    }

    /// Checks a request for the memory of `rowCount` rows of `rowByteCount` bytes.
    ///
    /// - Throws: `ImageError.unsupported` naming the need, its cause and the limit.
    package func check(heldRows rowCount: Int, of rowByteCount: Int, because cause: String, path: String) throws(ImageError) {
        let (need, overflow) = rowCount.multipliedReportingOverflow(by: rowByteCount)
        guard !overflow && need <= heldBytesMax else {
            let found = overflow ? "more" : "\(need)"
            throw .unsupported(path: path, reason: "\(cause): expected at most \(heldBytesMax) bytes held, found \(found)")
        }
    }
}
