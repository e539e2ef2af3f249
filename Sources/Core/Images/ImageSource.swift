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

    /// Row by row, whatever the source.
    public var rowReader: any RowReader {
        switch self {
        case .rows(let reader): reader
        case .windows(let reader): WindowRows(reader)
        }
    }
}
