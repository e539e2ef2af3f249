/// Serves windows of a streamed image, band by band from the top to the bottom.
///
/// Only the rows of the current band are held: memory is the tallest band's rows × `info.rowByteCount`. Not safe to share
/// between threads.
package final class BandReader {
    /// What the image is.
    package let info: ImageInfo
    private let reader: any RowReader
    private var band: SlidingRows<UInt8>

    /// - Precondition: no row of `reader` has been read yet.
    package init(_ reader: any RowReader) {
        self.reader = reader
        info = reader.info
        band = SlidingRows(elementsPerRow: reader.info.rowByteCount, height: reader.info.height)
    }

    /// The rows that windows can be taken from now.
    package var rows: Range<Int> { band.rows }

    /// Moves the band to rows `range`, decoding those that were not held yet.
    ///
    /// - Precondition: neither bound lies above that of the last call, and both lie in `0...info.height`.
    /// - Throws: `ImageError` of the reader; the band must not be used afterwards.
    package func advance(to range: Range<Int>) throws(ImageError) {
        let reader = reader
        try band.advance(to: range) { (count, rows) throws(ImageError) in
            try reader.read(count, into: UnsafeMutableRawBufferPointer(rows))
        }
    }

    /// A copy of the pixels of `rect`, in image coordinates.
    ///
    /// - Precondition: `rect` lies inside the band and the image's columns.
    package func window(_ rect: PixelRect) -> PixelBuffer {
        let pixelByteCount = info.channels * info.sampleType.byteCount
        let bytes = band.copy(
            rows: rect.y..<rect.endY, first: rect.x * pixelByteCount, count: rect.width * pixelByteCount)
        return PixelBuffer(
            width: rect.width, height: rect.height, channels: info.channels, sampleType: info.sampleType, bytes: bytes)
    }
}
