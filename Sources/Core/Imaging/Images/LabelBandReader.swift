/// Serves windows of a streamed label map, band by band from the top to the bottom: the twin of `BandReader`.
package final class LabelBandReader {
    /// Columns of the map.
    package let width: Int
    /// Rows of the map.
    package let height: Int
    private let reader: any LabelRowReader
    private var band: SlidingRows<UInt16>

    /// - Precondition: no row of `reader` has been read yet.
    package init(_ reader: any LabelRowReader) {
        self.reader = reader
        width = reader.width
        height = reader.height
        band = SlidingRows(elementsPerRow: reader.width, height: reader.height)
    }

    /// The rows that windows can be taken from now.
    package var rows: Range<Int> { band.rows }

    /// Moves the band to rows `range`, decoding those that were not held yet.
    ///
    /// - Precondition: neither bound lies above that of the last call, and both lie in `0...height`.
    /// - Throws: `ImageError` of the reader; the band must not be used afterwards.
    package func advance(to range: Range<Int>) throws(ImageError) {
        let reader = reader
        try band.advance(to: range) { (count, labels) throws(ImageError) in try reader.read(count, into: labels) }
    }

    /// A copy of the labels of `rect`, in image coordinates.
    ///
    /// - Precondition: `rect` lies inside the band and the map's columns.
    package func window(_ rect: PixelRect) -> LabelMap {
        LabelMap(
            width: rect.width, height: rect.height,
            labels: band.copy(rows: rect.y..<rect.endY, first: rect.x, count: rect.width))
    }
}
