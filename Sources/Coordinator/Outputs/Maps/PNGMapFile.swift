internal import Core

/// A PNG that appears under its name once all its rows are written, it is sealed, and then published.
final class PNGMapFile {
    private let file: PendingFile
    private let writer: PNGRowWriter

    var path: String { file.path }

    init(path: String, width: Int, height: Int, kind: PNGRowWriter.PixelKind) throws {
        file = try PendingFile(path: path)
        writer = try PNGRowWriter(path: file.temporaryPath, width: width, height: height, kind: kind)
    }

    func write(_ rows: Int, _ pixels: some Sequence<UInt8>) throws {
        let bytes = Array(pixels)
        try file.write { try bytes.withUnsafeBytes { try writer.write(rows, from: $0) } }
    }

    /// Completes the content, still under a temporary name.
    func seal() throws {
        try file.write { try writer.finish() }
    }

    /// Gives the file its name.
    func publish() throws { try file.commit() }
}
