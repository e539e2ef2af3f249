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

    /// Whether the source knows of pixels without data. Of floats, NaN says it besides (`ImageWindows`).
    package var isMasked: Bool {
        switch self {
        case .rows(let reader): reader.isMasked
        case .windows(let reader): reader.isMasked
        }
    }

    /// Whether windows of the image may have pixels without data.
    package var mayLackData: Bool { isMasked || info.sampleType.isFloat }

    /// Bytes of one row of decoded pixels, its mask included.
    package var heldRowByteCount: Int { info.rowByteCount + (isMasked ? info.width : 0) }

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
        return BufferedRowReader(info, isMasked: reader.isMasked) { (row) throws(ImageError) in
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

    /// Whether pixels may be without data, so that rows are to be read with their mask.
    var isMasked: Bool { get }

    /// Decodes the next `count` rows with their mask, whose size is `count * info.width`: `[row][column]`, 1 where a pixel has data, 0
    /// where it has none.
    ///
    /// - Precondition: as for `read(_:into:)`.
    /// - Throws: as `read(_:into:)`.
    func read(
        _ count: Int, into rows: UnsafeMutableRawBufferPointer, validity: UnsafeMutableBufferPointer<UInt8>
    ) throws(ImageError)
}

extension RowReader {
    package var isMasked: Bool { false }

    package func read(
        _ count: Int, into rows: UnsafeMutableRawBufferPointer, validity: UnsafeMutableBufferPointer<UInt8>
    ) throws(ImageError) {
        precondition(!isMasked, "a reader that has a mask and does not read it")
        try read(count, into: rows)
        validity.update(repeating: 1)
    }
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

    /// Whether the pixels that are read may have a mask.
    var isMasked: Bool { get }

    /// The pixels of `window`, in image coordinates, with their mask.
    ///
    /// - Precondition: the window lies inside the image and holds a pixel.
    /// - Throws: `ImageError` when a chunk is missing, cut off or corrupt.
    func read(_ window: PixelRect) throws(ImageError) -> PixelBuffer

    /// Whether it is known without decoding that none of the chunks of `window` is stored, so that all its pixels are alike. False where
    /// that takes more than a look at the file system.
    ///
    /// - Precondition: as of `read`.
    /// - Throws: `ImageError` of the store.
    func isMissing(_ window: PixelRect) throws(ImageError) -> Bool
}

extension WindowReader {
    package var isMasked: Bool { false }

    package func isMissing(_ window: PixelRect) throws(ImageError) -> Bool { false }
}

/// Reads the rows of an image that is decoded some rows at a time, such as strips or rows of chunks. Holds what was decoded last.
package final class BufferedRowReader: RowReader {
    package let info: ImageInfo
    package let isMasked: Bool
    private let decode: (_ row: Int) throws(ImageError) -> PixelBuffer
    private var nextRow = 0
    private var held: (rows: Range<Int>, pixels: PixelBuffer?) = (0..<0, nil)

    /// - Parameters:
    ///   - isMasked: whether what is decoded may have a mask.
    ///   - decode: returns the rows from `row` on, as wide as the image: at least one, and as many as are decoded at once.
    package init(
        _ info: ImageInfo, isMasked: Bool = false, decode: @escaping (_ row: Int) throws(ImageError) -> PixelBuffer
    ) {
        self.info = info
        self.isMasked = isMasked
        self.decode = decode
    }

    package func read(_ count: Int, into rows: UnsafeMutableRawBufferPointer) throws(ImageError) {
        try read(count, into: rows, mask: nil)
    }

    package func read(
        _ count: Int, into rows: UnsafeMutableRawBufferPointer, validity: UnsafeMutableBufferPointer<UInt8>
    ) throws(ImageError) {
        precondition(validity.count == count * info.width, "\(count) rows of \(info.width) pixels: found \(validity.count)")
        try read(count, into: rows, mask: validity)
    }

    private func read(
        _ count: Int, into rows: UnsafeMutableRawBufferPointer, mask: UnsafeMutableBufferPointer<UInt8>?
    ) throws(ImageError) {
        precondition(count >= 0 && nextRow + count <= info.height, "rows \(nextRow) + \(count) of \(info.height)")
        precondition(rows.count == count * info.rowByteCount, "\(count) rows of \(info.rowByteCount) bytes: found \(rows.count)")
        let end = nextRow + count
        var target = 0
        while nextRow < end {
            if !held.rows.contains(nextRow) {
                held = (0..<0, nil)
                let pixels = try decode(nextRow)
                precondition(isMasked || pixels.validity == nil, "a mask of an image that has none")
                held = (nextRow..<nextRow + pixels.height, pixels)
            }
            guard let pixels = held.pixels else { preconditionFailure("no rows from row \(nextRow) on") }
            let taken = min(end, held.rows.upperBound) - nextRow
            let first = nextRow - held.rows.lowerBound
            let byteCount = taken * info.rowByteCount
            let start = first * info.rowByteCount
            rows[target * info.rowByteCount..<target * info.rowByteCount + byteCount]
                .copyBytes(from: pixels.bytes[start..<start + byteCount])
            if let mask {
                let part = UnsafeMutableBufferPointer(rebasing: mask[target * info.width..<(target + taken) * info.width])
                if let validity = pixels.validity {
                    _ = part.update(fromContentsOf: validity[first * info.width..<(first + taken) * info.width])
                } else {
                    part.update(repeating: 1)
                }
            }
            target += taken
            nextRow += taken
        }
    }
}
