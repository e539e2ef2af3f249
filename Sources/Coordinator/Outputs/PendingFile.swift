internal import Formats
package import Foundation
internal import Imaging
internal import Machine

/// A file that appears under its name only when it is complete: written under a temporary name in the same folder, synced, renamed.
///
/// The temporary name is `.NAME.partial`, and its file is locked as long as somebody writes it. A killed process so leaves no more
/// than one file, which the next one that writes the same output takes over; who writes it at the same time takes `.NAME.1.partial`.
///
/// Not safe to share between threads.
package final class PendingFile {
    /// The name under which the file will appear.
    package let path: String
    /// The name to write to until `commit`.
    package let temporaryPath: String
    private let target: FilePath
    /// The temporary file, open and locked.
    private let descriptor: Int32
    private var isCommitted = false

    /// Creates the folder of `path` if it is missing. A symbolic link is followed: the file it leads to is replaced.
    ///
    /// - Throws: when `path` is no name for a file, or something other than a file has the name.
    package init(path: String) throws(OutputError) {
        self.path = path
        target = FilePath(try Self.destination(of: path))
        guard !["", ".", ".."].contains(target.name) else {
            throw OutputError(path: path, reason: "expected the name of a file to write, found a folder")
        }
        do {
            try FileSystem.makeFolder(target.folder)
        } catch {
            throw OutputError(path: path, reason: error.reason)
        }
        (temporaryPath, descriptor) = try Self.claim(target, for: path)
    }

    /// Files of one name that are written at the same time under names that can be taken over.
    private static let writersMax = 16

    /// Makes the temporary file, or takes over one that nobody writes any more.
    private static func claim(_ target: FilePath, for path: String) throws(OutputError) -> (String, Int32) {
        for number in 0..<writersMax {
            let temporary = target.sibling(".\(target.name)\(number == 0 ? "" : ".\(number)").partial")
            if let descriptor = lock(temporary) { return (temporary, descriptor) }
        }
        // There are many writers, or no locks on this file system.
        let unique = "\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0...UInt32.max))"
        let temporary = target.sibling(".\(target.name).\(unique).partial")
        let descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            let own = SystemReason.last
            throw OutputError(
                path: path, reason: FileSystem.obstacle(toWritingIn: target.folder) ?? "cannot be written: \(own)")
        }
        return (temporary, descriptor)
    }

    /// Opens and locks a file of ours, which is made if there is none; nil if it is another's, or somebody writes it.
    private static func lock(_ temporary: String) -> Int32? {
        // Between opening and locking, its writer may have given it its name, or removed it.
        for _ in 0..<writersMax {
            let descriptor = open(temporary, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
            guard descriptor >= 0 else { return nil }
            var (opened, named) = (stat(), stat())
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &opened) == 0,
                opened.st_mode & S_IFMT == S_IFREG, opened.st_uid == geteuid(), opened.st_nlink <= 1
            else {
                close(descriptor)
                return nil
            }
            if lstat(temporary, &named) == 0, (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino) { return descriptor }
            close(descriptor)
        }
        return nil
    }

    /// Makes the content durable and gives the file its name.
    package func commit() throws(OutputError) {
        guard fsync(descriptor) == 0 else { throw failure("cannot be written to disk", errno) }
        guard rename(temporaryPath, target.sibling(target.name)) == 0 else {
            throw failure("cannot be renamed into place", errno)
        }
        isCommitted = true
        FileSystem.synchronise(folder: target.folder)
    }

    /// Does some writing to `temporaryPath`; its errors name the file that the user asked for instead.
    package func write(_ work: () throws -> Void) throws {
        do {
            try work()
        } catch ImageError.io(_, let reason) {
            throw OutputError(path: path, reason: reason)
        } catch ArrayError.io(_, let reason) {
            throw OutputError(path: path, reason: reason)
        }
    }

    /// Writes the whole content at once and gives the file its name.
    package static func write(_ content: Data, to path: String) throws(OutputError) {
        let file = try PendingFile(path: path)
        try file.fill(with: content)
        try file.commit()
    }

    /// Writes the whole content, from the first byte of the file on.
    private func fill(with content: Data) throws(OutputError) {
        guard ftruncate(descriptor, 0) == 0 else { throw failure("cannot be written", errno) }
        var done = 0
        while done < content.count {
            let (offset, from) = (off_t(done), content.startIndex + done)
            let count = content[from...].withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, offset) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("cannot be written", errno) }
            done += count
        }
    }

    /// Where a file of this name would really be: `path`, or what symbolic links lead to, also where nothing is there yet.
    private static func destination(of path: String) throws(OutputError) -> String {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            throw OutputError(
                path: path,
                reason: isFolder
                    ? "expected the name of a file to write, found a folder"
                    : "expected a regular file to replace, found a device or pipe")
        }
        do {
            return try FileSystem.linkTarget(path)
        } catch {
            throw OutputError(path: path, reason: error.reason)
        }
    }

    private func failure(_ what: String, _ code: Int32) -> OutputError {
        OutputError(path: path, reason: "\(what): \(SystemReason.text(code))")
    }

    deinit {
        if !isCommitted { unlink(temporaryPath) }
        close(descriptor)
    }
}

/// Why a file of ours could not be written: one line for the user.
package struct OutputError: Error, Equatable, Sendable, CustomStringConvertible {
    package let path: String
    package let reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    package var description: String { "\(path): \(reason)" }
}
