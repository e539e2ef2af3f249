package import Foundation

/// A file being written through a stdio stream. Without `close()`, it is closed unsynchronised with the last
/// reference, and left in place. Not safe to share between threads.
package final class OutputFile {
    package let path: String
    private var openStream: UnsafeMutablePointer<FILE>?

    /// Creates the file, or empties the one that is there.
    ///
    /// - Throws: `FileError` with the system's reason.
    package init(path: String) throws(FileError) {
        guard !path.utf8.contains(0) else { throw FileError(path: path, reason: "a path cannot contain a zero byte") }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileError(path: path, reason: FileSystem.reason) }
        guard let stream = fdopen(descriptor, "wb") else {
            let reason = FileSystem.reason
            _ = Foundation.close(descriptor)
            throw FileError(path: path, reason: reason)
        }
        self.path = path
        openStream = stream
    }

    deinit {
        if let openStream { fclose(openStream) }
    }

    /// Writes a whole file, in the place of one that is there.
    ///
    /// - Parameter isDurable: as of `close`.
    /// - Returns: why it could not be written; nil if it was.
    package static func failure(ofWriting content: Data, to path: String, isDurable: Bool = true) -> String? {
        do throws(FileError) {
            let file = try OutputFile(path: path)
            let bytes = [UInt8](content)
            try bytes.withUnsafeBufferPointer { (buffer) throws(FileError) in try file.write(UnsafeRawBufferPointer(buffer)) }
            try file.close(isDurable: isDurable)
            return nil
        } catch {
            return error.reason
        }
    }

    /// The stdio stream, for C libraries; owned by this object.
    ///
    /// - Precondition: the file is not closed.
    package var stream: UnsafeMutablePointer<FILE> {
        guard let openStream else { preconditionFailure("\(path) is closed") }
        return openStream
    }

    /// Appends `bytes`.
    ///
    /// - Throws: `FileError` with the system's reason.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        guard fwrite(bytes.baseAddress, 1, bytes.count, stream) == bytes.count else {
            throw FileError(path: path, reason: FileSystem.reason)
        }
    }

    /// Writes `bytes` at any place of the file, also beyond its end; gaps are zero. The next `write` appends after them.
    ///
    /// - Throws: `FileError` with the system's reason.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        guard fseeko(stream, off_t(offset), SEEK_SET) == 0 else { throw FileError(path: path, reason: FileSystem.reason) }
        try write(bytes)
    }

    /// Hands everything to the disk and closes the file.
    ///
    /// - Parameter isDurable: whether to wait for the disk; otherwise the owner of all files of an output does that.
    /// - Throws: `FileError` with the system's reason; the file is closed then too.
    package func close(isDurable: Bool = true) throws(FileError) {
        let stream = stream
        openStream = nil
        var failure: String?
        if fflush(stream) != 0 {
            failure = FileSystem.reason
        } else if isDurable, fsync(fileno(stream)) != 0, errno != EINVAL, errno != ENOTSUP {
            // Pipes and devices cannot be synchronised, and need not be.
            failure = FileSystem.reason
        }
        if fclose(stream) != 0, failure == nil { failure = FileSystem.reason }
        if let failure { throw FileError(path: path, reason: failure) }
    }
}
