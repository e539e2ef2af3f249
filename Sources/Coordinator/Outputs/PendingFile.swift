internal import Foundation

/// A file that appears under its name only when it is complete: written under a temporary name in the same folder, synced, renamed.
///
/// Not safe to share between threads.
final class PendingFile {
    /// The name under which the file will appear.
    let path: String
    /// The name to write to until `commit`.
    let temporaryPath: String
    private var isCommitted = false

    /// Creates the folder of `path` if it is missing.
    init(path: String) throws(FileError) {
        self.path = path
        let folder = (path as NSString).deletingLastPathComponent
        let name = (path as NSString).lastPathComponent
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            throw FileError(path: path, reason: "expected the name of a file to write, found a folder")
        }
        if !folder.isEmpty {
            do {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            } catch {
                throw FileError(path: folder, reason: "the folder cannot be made: \(String(cString: strerror(errno)))")
            }
        }
        let unique = "\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0...UInt32.max))"
        temporaryPath = (folder.isEmpty ? "" : folder + "/") + ".\(name).\(unique).partial"
    }

    /// Makes the content durable and gives the file its name.
    func commit() throws(FileError) {
        let descriptor = open(temporaryPath, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot be reopened") }
        let synced = fsync(descriptor) == 0
        close(descriptor)
        guard synced else { throw failure("cannot be written to disk") }
        guard rename(temporaryPath, path) == 0 else { throw failure("cannot be renamed into place") }
        isCommitted = true
        let folder = (path as NSString).deletingLastPathComponent
        let folderDescriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC)
        if folderDescriptor >= 0 {
            fsync(folderDescriptor)
            close(folderDescriptor)
        }
    }

    /// Writes the whole content at once and gives the file its name.
    static func write(_ content: Data, to path: String) throws(FileError) {
        let file = try PendingFile(path: path)
        do {
            try content.write(to: URL(fileURLWithPath: file.temporaryPath))
        } catch {
            throw file.failure("cannot be written")
        }
        try file.commit()
    }

    private func failure(_ what: String) -> FileError {
        FileError(path: path, reason: "\(what): \(String(cString: strerror(errno)))")
    }

    deinit {
        if !isCommitted { unlink(temporaryPath) }
    }
}
