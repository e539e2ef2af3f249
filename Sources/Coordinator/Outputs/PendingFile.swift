internal import Core
internal import Foundation

/// A file that appears under its name only when it is complete: written under a temporary name in the same folder, synced, renamed.
///
/// Not safe to share between threads.
final class PendingFile {
    /// The name under which the file will appear.
    let path: String
    /// The name to write to until `commit`.
    let temporaryPath: String
    private let target: FilePath
    private var isCommitted = false

    /// Creates the folder of `path` if it is missing. A symbolic link is followed: the file it leads to is replaced.
    ///
    /// - Throws: when `path` is no name for a file, or something other than a file has the name.
    init(path: String) throws(OutputError) {
        self.path = path
        target = FilePath(try Self.destination(of: path))
        guard !["", ".", ".."].contains(target.name) else {
            throw OutputError(path: path, reason: "expected the name of a file to write, found a folder")
        }
        if !target.folder.isEmpty {
            do {
                try FileManager.default.createDirectory(atPath: target.folder, withIntermediateDirectories: true)
            } catch {
                throw OutputError(path: path, reason: "its folder cannot be made: \(Self.reason(of: error))")
            }
        }
        let unique = "\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0...UInt32.max))"
        temporaryPath = target.sibling(".\(target.name).\(unique).partial")
    }

    /// Makes the content durable and gives the file its name.
    func commit() throws(OutputError) {
        let descriptor = open(temporaryPath, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot be reopened", errno) }
        let status = fsync(descriptor)
        let code = errno
        close(descriptor)
        guard status == 0 else { throw failure("cannot be written to disk", code) }
        guard rename(temporaryPath, target.sibling(target.name)) == 0 else {
            throw failure("cannot be renamed into place", errno)
        }
        isCommitted = true
        let folderDescriptor = open(target.folder.isEmpty ? "." : target.folder, O_RDONLY | O_CLOEXEC)
        if folderDescriptor >= 0 {
            fsync(folderDescriptor)
            close(folderDescriptor)
        }
    }

    /// Does some writing to `temporaryPath`; its errors name the file that the user asked for instead.
    func write(_ work: () throws -> Void) throws {
        do {
            try work()
        } catch ImageError.io(_, let reason) {
            throw OutputError(path: path, reason: reason)
        } catch ArrayError.io(_, let reason) {
            throw OutputError(path: path, reason: reason)
        }
    }

    /// Writes the whole content at once and gives the file its name.
    static func write(_ content: Data, to path: String) throws(OutputError) {
        let file = try PendingFile(path: path)
        do {
            try content.write(to: URL(fileURLWithPath: file.temporaryPath))
        } catch {
            throw OutputError(path: path, reason: "cannot be written: \(reason(of: error))")
        }
        try file.commit()
    }

    /// Where a file of this name would really be: `path`, or what a symbolic link of this name leads to.
    private static func destination(of path: String) throws(OutputError) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { return path }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw OutputError(path: path, reason: "expected the name of a file to write, found a folder")
        default: throw OutputError(path: path, reason: "expected a regular file to replace, found a device or pipe")
        }
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        var link = stat()
        let isLink = lstat(path, &link) == 0 && link.st_mode & S_IFMT == S_IFLNK
        return isLink ? String(cString: resolved) : path
    }

    private static func reason(of error: any Error) -> String {
        let posix = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
        return posix.domain == NSPOSIXErrorDomain ? String(cString: strerror(Int32(posix.code))) : error.localizedDescription
    }

    private func failure(_ what: String, _ code: Int32) -> OutputError {
        OutputError(path: path, reason: "\(what): \(String(cString: strerror(code)))")
    }

    deinit {
        if !isCommitted { unlink(temporaryPath) }
    }
}
