/// How an image's pixels are got at.
public enum ImageSource {
    /// From the top to the bottom.
    case rows(any RowReader)
    /// Any rectangle at any time.
    case windows(any WindowReader)

    public var info: ImageInfo {
        switch self {
        case .rows(let reader): reader.info
        case .windows(let reader): reader.info
        }
    }

    /// Checks what reading row by row holds of an image in chunks: one row of them.
    ///
    /// - Throws: `ImageError.unsupported` naming the limit.
    func checkRows(_ limits: ImageLimits, path: String) throws(ImageError) {
        guard case .windows(let reader) = self else { return }
        try limits.check(
            heldRows: min(reader.chunkHeight, reader.info.height), of: reader.info.rowByteCount,
            because: "one row of the image's chunks", path: path)
    }

    /// Row by row, whatever the source.
    public var rowReader: any RowReader {
        switch self {
        case .rows(let reader): reader
        case .windows(let reader): WindowRows(reader)
        }
    }
}
