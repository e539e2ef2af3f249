internal import Foundation

/// A regular file that is open for reading, closed when the last reference goes.
///
/// `stream` and `read(_:at:)` are independent: the latter does not move the stream's position. Not safe to share between
/// threads.
final class InputFile {
    let path: String
    /// Size when the file was opened.
    let byteCount: Int
    /// The stdio stream, for C libraries; owned by this object.
    let stream: UnsafeMutablePointer<FILE>

    /// Opens the file without waiting: a pipe or device is refused, not read.
    ///
    /// - Throws: `FileError` with the system's reason, or when the path is no regular file.
    init(path: String) throws(FileError) {
        guard !path.utf8.contains(0) else { throw FileError(path: path, reason: "a path cannot contain a zero byte") }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(path: path, reason: Self.reason()) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let reason = Self.reason()
            close(descriptor)
            throw FileError(path: path, reason: reason)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            let found = status.st_mode & S_IFMT == S_IFDIR ? "a directory" : "a pipe, socket or device"
            throw FileError(path: path, reason: "expected a file, found \(found)")
        }
        guard let stream = fdopen(descriptor, "rb") else {
            let reason = Self.reason()
            close(descriptor)
            throw FileError(path: path, reason: reason)
        }
        self.path = path
        byteCount = Int(status.st_size)
        self.stream = stream
    }

    deinit { fclose(stream) }

    /// Fills `bytes` from byte `offset` of the file on, and returns how many bytes there were before the file's end.
    ///
    /// - Throws: `FileError` with the system's reason.
    func read(_ bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        var filled = 0
        while filled < bytes.count {
            let count = pread(
                fileno(stream), bytes.baseAddress.map { $0 + filled }, bytes.count - filled, off_t(offset + filled))
            if count == 0 { break }
            if count > 0 {
                filled += count
            } else if errno != EINTR {
                throw FileError(path: path, reason: Self.reason())
            }
        }
        return filled
    }

    /// Up to `count` bytes from `offset` on; fewer only at the file's end.
    ///
    /// - Throws: `FileError` with the system's reason.
    func bytes(_ count: Int, at offset: Int = 0) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let filled = try bytes.withUnsafeMutableBufferPointer { (buffer) throws(FileError) in
            try read(UnsafeMutableRawBufferPointer(buffer), at: offset)
        }
        bytes.removeSubrange(filled...)
        return bytes
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
