internal import CSync
internal import Foundation
internal import Machine

/// What is asked of the file system besides the content of files.
package enum FileSystem {
    /// Whether `path` is a folder, or a link to one.
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return !path.utf8.contains(0) && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The last change of what `path` leads to, in nanoseconds since 1970: of a folder, of the names in it; nil where it leads nowhere.
    package static func modifiedNanoseconds(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? FileIdentity(status).modifiedNanoseconds : nil
    }

    /// Whether something has the name `path`, be it a link that leads nowhere.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// The absolute path of what a path leads to, without symbolic links; nil, with the reason in `errno`, where it leads nowhere.
    package static func resolved(_ path: String) -> String? {
        guard !path.utf8.contains(0), let text = realpath(path, nil) else { return nil }
        defer { free(text) }
        return String(validatingCString: text)
    }

    /// The system's reason for the failure of its last call.
    static var reason: String { SystemReason.last }

    /// Waits until everything on the file system of an open file is on the disk: one call, where waiting for thousands of files one by one
    /// takes minutes.
    ///
    /// - Returns: false, with the reason in `errno`, if it cannot be written.
    package static func synchronise(fileSystemOf descriptor: Int32) -> Bool {
        #if os(Linux)
            return syncfs(descriptor) == 0
        #else
            sync()
            return true
        #endif
    }

    /// Makes the names in a folder durable, such as that of a file that was renamed. File systems that cannot do it need not.
    ///
    /// - Parameter path: empty for the current folder.
    package static func synchronise(folder path: String) {
        let descriptor = open(path.isEmpty ? "." : path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}

/// A file without a name, for what does not fit into memory: it is gone with the last reference, and when the process ends.
///
/// Safe to use from any thread: each read and write is at a place of its own.
package final class ScratchFile: Sendable {
    private let prefix: String
    private let descriptor: Int32

    /// Makes the file, under a name that it has only for an instant.
    ///
    /// - Parameter prefix: the path that the name begins with.
    /// - Throws: `FileError` with the system's reason.
    package init(prefix: String) throws(FileError) {
        var template = Array("\(prefix)XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw FileError(path: prefix, reason: FileSystem.reason) }
        self.prefix = prefix
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(template)
    }

    deinit { close(descriptor) }

    /// Writes all of `bytes` from byte `offset` of the file on.
    ///
    /// - Throws: `FileError` with the system's reason.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw FileError(path: prefix, reason: FileSystem.reason) }
            done += count
        }
    }

    /// Fills `bytes` from byte `offset` of the file on.
    ///
    /// - Throws: `FileError` when the disk does not give back what was written.
    package func read(_ bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let count = pread(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw FileError(path: prefix, reason: "what was written is gone") }
            done += count
        }
    }

    /// Gives the disk back a part of the file, which is not read any more. Where that is not supported, the file keeps its size.
    package func giveBack(_ byteCount: Int, at offset: Int) {
        #if os(Linux)
            _ = csync_give_back(descriptor, Int64(offset), Int64(byteCount))
        #endif
    }
}
