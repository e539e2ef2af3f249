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
        try named { try bytes.withUnsafeBytes { try writer.write(rows, from: $0) } }
    }

    /// Completes the content, still under a temporary name.
    func seal() throws {
        try named { try writer.finish() }
    }

    /// Gives the file its name.
    func publish() throws { try file.commit() }

    /// Errors name the file that the user asked for, not the temporary one.
    private func named(_ work: () throws -> Void) throws {
        do {
            try work()
        } catch ImageError.io(_, let reason) {
            throw OutputError(path: path, reason: reason)
        } catch ArrayError.io(_, let reason) {
            throw OutputError(path: path, reason: reason)
        }
    }
}
