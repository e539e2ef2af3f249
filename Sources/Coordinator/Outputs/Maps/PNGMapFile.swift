internal import Core

/// A PNG that appears under its name once its last row is written and `finish` is called.
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
        try bytes.withUnsafeBytes { try writer.write(rows, from: $0) }
    }

    func finish() throws {
        try writer.finish()
        try file.commit()
    }
}
