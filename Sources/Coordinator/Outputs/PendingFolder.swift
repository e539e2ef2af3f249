internal import CSync
internal import Core
internal import Foundation

/// A folder that appears under its name only when it is complete: the twin of `PendingFile` for outputs of many files.
///
/// The temporary name is `.NAME.partial`; that folder is locked as long as somebody writes it, and what a killed process left is emptied
/// and taken over. A folder that has the name already is replaced if it is an output of ours; any other is left alone, with an error.
///
/// Not safe to share between threads.
final class PendingFolder {
    /// The name under which the folder will appear.
    let path: String
    /// The folder to write in until `commit`; empty at first.
    let temporaryPath: String
    private let target: FilePath
    /// The temporary folder, open and locked.
    private let descriptor: Int32
    private var isCommitted = false

    /// - Throws: when something that is not ours has the name, or another process writes the same output.
    init(path: String) throws(OutputError) {
        self.path = path
        target = FilePath(path)
        try Self.checkReplaceable(path)
        temporaryPath = target.sibling(".\(target.name).partial")
        do {
            if !target.folder.isEmpty {
                try FileManager.default.createDirectory(atPath: target.folder, withIntermediateDirectories: true)
            }
        } catch {
            throw OutputError(path: path, reason: "its folder cannot be made: \(error.localizedDescription)")
        }
        guard mkdir(temporaryPath, 0o777) == 0 || errno == EEXIST else {
            throw OutputError(path: path, reason: "cannot be written: \(String(cString: strerror(errno)))")
        }
        descriptor = open(temporaryPath, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0, status.st_uid == geteuid() else {
            if descriptor >= 0 { close(descriptor) }
            throw OutputError(path: path, reason: "expected a folder of this user at \(temporaryPath), found something else")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw OutputError(path: path, reason: "another process writes it")
        }
        do {
            for name in try FileManager.default.contentsOfDirectory(atPath: temporaryPath) {
                try FileManager.default.removeItem(atPath: "\(temporaryPath)/\(name)")
            }
        } catch {
            close(descriptor)
            throw OutputError(path: path, reason: "\(temporaryPath) cannot be emptied: \(error.localizedDescription)")
        }
    }

    /// Does some writing in `temporaryPath`; its errors name the folder that the user asked for instead.
    func writing<Value>(_ work: () throws -> Value) throws -> Value {
        do {
            return try work()
        } catch ImageError.io(_, let reason) {
            throw OutputError(path: path, reason: reason)
        }
    }

    /// Makes what was written durable.
    func synchronise() throws(OutputError) {
        #if os(Linux)
            // One call for the whole file system: thousands of files that are waited for one by one take minutes.
            guard syncfs(descriptor) == 0 else { throw failure("cannot be written to disk") }
        #else
            sync()
        #endif
    }

    /// Gives the folder its name; an older output of ours is removed.
    func commit() throws(OutputError) {
        try Self.checkReplaceable(path)
        let old = target.sibling(".\(target.name).old")
        var status = stat()
        let isReplacement = lstat(path, &status) == 0
        if isReplacement {
            if ZarrOutput.hasWritten(old) { try? FileManager.default.removeItem(atPath: old) }
            guard rename(path, old) == 0 else { throw failure("cannot be replaced") }
        }
        guard rename(temporaryPath, path) == 0 else {
            let error = failure("cannot be renamed into place")
            if isReplacement { rename(old, path) }
            throw error
        }
        isCommitted = true
        if isReplacement { try? FileManager.default.removeItem(atPath: old) }
        let folderDescriptor = open(target.folder.isEmpty ? "." : target.folder, O_RDONLY | O_CLOEXEC)
        if folderDescriptor >= 0 {
            fsync(folderDescriptor)
            close(folderDescriptor)
        }
    }

    /// Refuses a name that something has which this program did not write.
    private static func checkReplaceable(_ path: String) throws(OutputError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR, ZarrOutput.hasWritten(path) else {
            throw OutputError(
                path: path,
                reason: "expected a free name or a map that coppice has written, found something else; take another name")
        }
    }

    private func failure(_ what: String) -> OutputError {
        OutputError(path: path, reason: "\(what): \(String(cString: strerror(errno)))")
    }

    deinit {
        if !isCommitted { try? FileManager.default.removeItem(atPath: temporaryPath) }
        close(descriptor)
    }
}
