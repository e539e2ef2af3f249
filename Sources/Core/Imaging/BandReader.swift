/// Serves windows of a streamed image, band by band from the top to the bottom.
///
/// Only the rows of the current band are held: memory is the tallest band's rows × `ImageSource.heldRowByteCount`. Not safe to share
/// between threads.
package final class BandReader {
    /// What the image is.
    package let info: ImageInfo
    private let reader: any RowReader
    /// The bytes of a row; of a masked image the row's mask follows them, a byte a pixel.
    private var band: SlidingRows<UInt8>

    /// - Precondition: no row of `reader` has been read yet.
    package init(_ reader: any RowReader) {
        self.reader = reader
        info = reader.info
        band = SlidingRows(elementsPerRow: ImageSource.rows(reader).heldRowByteCount, height: reader.info.height)
    }

    /// The rows from which windows can be taken now.
    package var rows: Range<Int> { band.rows }

    /// Moves the band to rows `range`, decoding those that were not held yet.
    ///
    /// - Precondition: neither bound lies above that of the last call, and both lie in `0...info.height`.
    /// - Throws: `ImageError` of the reader; the band must not be used afterwards.
    package func advance(to range: Range<Int>) throws(ImageError) {
        let reader = reader
        let (byteCount, perRow) = (info.rowByteCount, band.elementsPerRow)
        try band.advance(to: range) { (count, rows) throws(ImageError) in
            guard reader.isMasked else { return try reader.read(count, into: UnsafeMutableRawBufferPointer(rows)) }
            for first in stride(from: 0, to: count * perRow, by: perRow) {
                let bytes = UnsafeMutableBufferPointer(rebasing: rows[first..<first + byteCount])
                let mask = UnsafeMutableBufferPointer(rebasing: rows[first + byteCount..<first + perRow])
                try reader.read(1, into: UnsafeMutableRawBufferPointer(bytes), validity: mask)
            }
        }
    }

    /// A copy of the pixels of `rect`, in image coordinates.
    ///
    /// - Precondition: `rect` lies inside the band and the image's columns.
    package func window(_ rect: PixelRect) -> PixelBuffer {
        let pixelByteCount = info.channels * info.sampleType.byteCount
        let bytes = band.copy(
            rows: rect.y..<rect.endY, first: rect.x * pixelByteCount, count: rect.width * pixelByteCount)
        let validity =
            reader.isMasked
            ? band.copy(rows: rect.y..<rect.endY, first: info.rowByteCount + rect.x, count: rect.width) : nil
        return PixelBuffer(
            width: rect.width, height: rect.height, channels: info.channels, sampleType: info.sampleType, bytes: bytes,
            validity: validity)
    }
}

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

    /// The rows from which windows can be taken now.
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

/// A contiguous run of an image's rows that slides downwards: rows that the next run still needs are kept, the others dropped.
///
/// Layout: `[row][element]`, row-major. Memory is that of the longest run asked for, whatever the image's height.
struct SlidingRows<Element: BitwiseCopyable & ExpressibleByIntegerLiteral> {
    /// Values of one row.
    let elementsPerRow: Int
    /// Rows of the image.
    let height: Int
    /// The rows that are held now, in image coordinates.
    private(set) var rows: Range<Int> = 0..<0
    private var elements: [Element] = []

    init(elementsPerRow: Int, height: Int) {
        self.elementsPerRow = elementsPerRow
        self.height = height
    }

    /// Slides to `range`. `read` is called for successive runs of rows, and must fill each completely.
    ///
    /// - Precondition: neither bound of `range` lies above that of the last one, and both lie in `0...height`.
    /// - Throws: what `read` throws; the rows are unusable afterwards.
    mutating func advance(
        to range: Range<Int>,
        read: (Int, UnsafeMutableBufferPointer<Element>) throws(ImageError) -> Void
    ) throws(ImageError) {
        precondition(
            range.lowerBound >= rows.lowerBound && range.upperBound >= rows.upperBound && range.upperBound <= height,
            "rows \(range) of \(height) after rows \(rows)")
        let needed = max(range.count, range.lowerBound > rows.upperBound ? 1 : 0) * elementsPerRow
        if elements.count < needed {
            elements.append(contentsOf: repeatElement(0, count: needed - elements.count))
        }
        let held = rows
        let perRow = elementsPerRow
        try elements.withUnsafeMutableBufferPointer { (buffer: inout UnsafeMutableBufferPointer<Element>) throws(ImageError) in
            guard let base = buffer.baseAddress else { return }
            let kept = max(0, held.upperBound - range.lowerBound)
            if kept > 0 && range.lowerBound > held.lowerBound {
                base.update(from: base + (range.lowerBound - held.lowerBound) * perRow, count: kept * perRow)
            }
            let runMax = buffer.count / perRow
            var next = held.upperBound
            while next < range.lowerBound {
                let count = min(runMax, range.lowerBound - next)
                try read(count, UnsafeMutableBufferPointer(start: base, count: count * perRow))
                next += count
            }
            guard next < range.upperBound else { return }
            let count = range.upperBound - next
            try read(
                count,
                UnsafeMutableBufferPointer(start: base + (next - range.lowerBound) * perRow, count: count * perRow))
        }
        rows = range
    }

    /// Copies `count` values of every row in `window`, from value `first` of the row on: `[row][value]` without padding.
    ///
    /// - Precondition: the window lies inside the rows that are held.
    func copy(rows window: Range<Int>, first: Int, count: Int) -> [Element] {
        precondition(
            window.lowerBound >= rows.lowerBound && window.upperBound <= rows.upperBound,
            "rows \(window), holding rows \(rows)")
        precondition(
            first >= 0 && count >= 0 && first + count <= elementsPerRow, "values \(first) + \(count) of \(elementsPerRow)")
        return elements.withUnsafeBufferPointer { source in
            [Element](unsafeUninitializedCapacity: window.count * count) { target, initializedCount in
                initializedCount = window.count * count
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                for (index, row) in window.enumerated() {
                    (to + index * count).initialize(
                        from: from + (row - rows.lowerBound) * elementsPerRow + first, count: count)
                }
            }
        }
    }
}
