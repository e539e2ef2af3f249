internal import Foundation

/// How four pixels become one.
public enum OverviewRule: Sendable {
    /// The top left one, so that no label appears that was not there.
    case topLeft
    /// Their mean, half up.
    case mean
}

/// The rows of an overview, while they are made and until they are written: in a file without a name.
///
/// Two rows make one. Pixels beyond the border count as those at the border.
final class OverviewSpool {
    let width: Int
    let height: Int
    private let kind: PixelKind
    private let rule: OverviewRule
    private let path: String
    private let descriptor: Int32
    private var rowCount = 0
    /// The first row of a pair.
    private var odd: [UInt8]?

    /// - Throws: `ImageError.io` when the file cannot be made.
    init(beside path: String, width: Int, height: Int, kind: PixelKind, rule: OverviewRule) throws(ImageError) {
        (self.path, self.width, self.height, self.kind, self.rule) = (path, width, height, kind, rule)
        var template = Array("\(path).rows-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw .io(path: path, reason: String(cString: strerror(errno))) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(template)
    }

    deinit { close(descriptor) }

    /// Takes a row of the larger image; the row that it completes, or nil.
    func add(_ line: UnsafeRawBufferPointer) -> [UInt8]? {
        guard let first = odd else {
            odd = Array(line)
            return nil
        }
        odd = nil
        return first.withUnsafeBytes { Self.halve($0, line, width, kind, rule) }
    }

    /// The row that a last row without a second makes; nil if there is none.
    func takeOddRow() -> [UInt8]? {
        guard let last = odd else { return nil }
        odd = nil
        return last.withUnsafeBytes { Self.halve($0, $0, width, kind, rule) }
    }

    /// Keeps a row of this overview.
    func append(_ line: [UInt8]) throws(ImageError) {
        var written = 0
        while written < line.count {
            let count = line.withUnsafeBytes {
                pwrite(
                    descriptor, $0.baseAddress.map { $0 + written }, line.count - written, off_t(rowCount * line.count + written))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .io(path: path, reason: String(cString: strerror(errno))) }
            written += count
        }
        rowCount += 1
    }

    /// A row that was kept.
    func row(_ row: Int) throws(ImageError) -> [UInt8] {
        let byteCount = width * kind.byteCount
        var line = [UInt8](repeating: 0, count: byteCount)
        var filled = 0
        while filled < byteCount {
            let count = line.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress.map { $0 + filled }, byteCount - filled, off_t(row * byteCount + filled))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .io(path: path, reason: "the rows of an overview are gone") }
            filled += count
        }
        return line
    }

    /// One row from two, of half the width.
    static func halve(
        _ top: UnsafeRawBufferPointer, _ bottom: UnsafeRawBufferPointer, _ width: Int, _ kind: PixelKind, _ rule: OverviewRule
    ) -> [UInt8] {
        let size = kind.byteCount
        let last = top.count / size - 1
        var line = [UInt8](repeating: 0, count: width * size)
        for column in 0..<width {
            let (left, right) = (2 * column * size, min(2 * column + 1, last) * size)
            switch (rule, kind) {
            case (.topLeft, _), (_, .palette8):
                for byte in 0..<size { line[column * size + byte] = top[left + byte] }
            case (.mean, .grey8), (.mean, .rgb8):
                for byte in 0..<size {
                    let sum =
                        Int(top[left + byte]) + Int(top[right + byte]) + Int(bottom[left + byte]) + Int(bottom[right + byte])
                    line[column * size + byte] = UInt8((sum + 2) / 4)
                }
            case (.mean, .grey16), (.mean, .rgb16):
                for byte in stride(from: 0, to: size, by: 2) {
                    let four = [(top, left), (top, right), (bottom, left), (bottom, right)]
                    let sum = four.reduce(2) {
                        $0 + Int($1.0.loadUnaligned(fromByteOffset: $1.1 + byte, as: UInt16.self).littleEndian)
                    }
                    line[column * size + byte] = UInt8(truncatingIfNeeded: sum / 4)
                    line[column * size + byte + 1] = UInt8(truncatingIfNeeded: (sum / 4) >> 8)
                }
            }
        }
        return line
    }
}
