/// How an image's pixels are got at.
package enum ImageSource {
    /// From the top to the bottom.
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

    /// What is held of an image in chunks: one row of them, or of a very wide one as many of its rows as fit.
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
