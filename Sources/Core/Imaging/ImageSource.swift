/// How the pixels of an image are read.
package enum ImageSource {
    /// Row by row, from the top to the bottom.
    case rows(any RowReader)
    /// Any rectangle at any time.
    case windows(any WindowReader)

    package var info: ImageInfo {
        switch self {
        case .rows(let reader): reader.info
        case .windows(let reader): reader.info
        }
    }

    /// Row by row, whatever the source.
    package var rowReader: any RowReader {
        switch self {
        case .rows(let reader): reader
        case .windows(let reader): Self.rows(of: reader)
        }
    }

    /// Bytes that are held of an image in chunks: one row of chunks, or, of a very wide image, as many rows of pixels as fit.
    private static let heldBytesMax = 64 << 20

    private static func rows(of reader: any WindowReader) -> BufferedRowReader {
        let info = reader.info
        let heldRowCount = max(1, min(reader.chunkHeight, heldBytesMax / info.rowByteCount))
        return BufferedRowReader(info) { (row) throws(ImageError) in
            let chunkEnd = (row / reader.chunkHeight + 1) * reader.chunkHeight
            let end = min(info.height, chunkEnd, row + heldRowCount)
            return try reader.read(PixelRect(x: 0, y: row, width: info.width, height: end - row))
        }
    }
}

/// Decodes the rows of an image from the top to the bottom.
///
/// A reader holds a bounded number of rows, whatever the image's height, unless its format can only be decoded whole
/// (interlaced PNG, progressive JPEG). Not safe to share between threads.
package protocol RowReader: AnyObject {
    var info: ImageInfo { get }

    /// Decodes the next `count` rows into `rows`, whose size is `count * info.rowByteCount` bytes: `[row][column][channel]`,
    /// values little-endian.
    ///
    /// - Precondition: no more rows are asked for than the image still has.
    /// - Throws: `ImageError` when the data is cut off or corrupt.
    func read(_ count: Int, into rows: UnsafeMutableRawBufferPointer) throws(ImageError)
}

/// Decodes any rectangle of an image that is stored in tiles or chunks.
///
/// A reader decodes only the chunks that a window touches, and holds a bounded number of them for the windows that come next. Not
/// safe to share between threads.
package protocol WindowReader: AnyObject {
    var info: ImageInfo { get }

    /// Size of the pieces that are decoded as one, in pixels: windows along their borders cost least.
    var chunkWidth: Int { get }
    var chunkHeight: Int { get }

    /// The pixels of `window`, in image coordinates.
    ///
    /// - Precondition: the window lies inside the image and holds a pixel.
    /// - Throws: `ImageError` when a chunk is missing, cut off or corrupt.
    func read(_ window: PixelRect) throws(ImageError) -> PixelBuffer
}

/// Reads the rows of an image that is decoded some rows at a time, such as strips or rows of chunks. Holds what was decoded last.
package final class BufferedRowReader: RowReader {
    package let info: ImageInfo
    private let decode: (_ row: Int) throws(ImageError) -> PixelBuffer
    private var nextRow = 0
    private var held: (rows: Range<Int>, bytes: [UInt8]) = (0..<0, [])

    /// - Parameter decode: returns the rows from `row` on, as wide as the image: at least one, and as many as are decoded at once.
    package init(_ info: ImageInfo, decode: @escaping (_ row: Int) throws(ImageError) -> PixelBuffer) {
        self.info = info
        self.decode = decode
    }

    package func read(_ count: Int, into rows: UnsafeMutableRawBufferPointer) throws(ImageError) {
        precondition(count >= 0 && nextRow + count <= info.height, "rows \(nextRow) + \(count) of \(info.height)")
        precondition(rows.count == count * info.rowByteCount, "\(count) rows of \(info.rowByteCount) bytes: found \(rows.count)")
        let end = nextRow + count
        var target = 0
        while nextRow < end {
            if !held.rows.contains(nextRow) {
                held = (0..<0, [])
                let pixels = try decode(nextRow)
                held = (nextRow..<nextRow + pixels.height, pixels.bytes)
            }
            let taken = min(end, held.rows.upperBound) - nextRow
            let start = (nextRow - held.rows.lowerBound) * info.rowByteCount
            let byteCount = taken * info.rowByteCount
            rows[target..<target + byteCount].copyBytes(from: held.bytes[start..<start + byteCount])
            target += byteCount
            nextRow += taken
        }
    }
}
