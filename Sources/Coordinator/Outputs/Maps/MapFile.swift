internal import Core

/// An image of a map that appears under its name once all its rows are written, it is sealed, and then published. Its format follows
/// from the name's ending.
final class MapFile {
    /// Writes one format.
    private enum Writer {
        case png(PNGRowWriter)
        case tiff(TIFFPyramidWriter)
    }

    private let file: PendingFile
    private let writer: Writer

    /// Endings of the names of images.
    static let endings = ["png", "tif", "tiff"]

    var path: String { file.path }

    /// - Parameter rule: how the overviews are made, of formats that have some.
    init(path: String, width: Int, height: Int, kind: PixelKind, overviews rule: OverviewRule = .mean) throws {
        file = try PendingFile(path: path)
        let temporary = file.temporaryPath
        writer =
            switch FilePath(path).ending {
            case "tif", "tiff":
                .tiff(try TIFFPyramidWriter(path: temporary, width: width, height: height, kind: kind, overviews: rule))
            default: .png(try PNGRowWriter(path: temporary, width: width, height: height, kind: kind))
            }
    }

    func write(_ rows: Int, _ pixels: some Sequence<UInt8>) throws {
        let bytes = Array(pixels)
        try file.write {
            try bytes.withUnsafeBytes { bytes in
                switch writer {
                case .png(let writer): try writer.write(rows, from: bytes)
                case .tiff(let writer): try writer.write(rows, from: bytes)
                }
            }
        }
    }

    /// Completes the content, still under a temporary name.
    func seal() throws {
        try file.write {
            switch writer {
            case .png(let writer): try writer.finish()
            case .tiff(let writer): try writer.finish()
            }
        }
    }

    /// Gives the file its name.
    func publish() throws { try file.commit() }
}
