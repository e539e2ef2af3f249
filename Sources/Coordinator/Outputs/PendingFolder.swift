internal import Formats
internal import Foundation
internal import Imaging
internal import Machine

/// A folder that appears under its name only when it is complete: the twin of `PendingFile` for outputs of many files.
///
/// The temporary name is `.NAME.partial/KEY`; the folder `.NAME.partial` is locked as long as somebody writes it, and what a killed process
/// left is emptied and taken over, but for the key of the same run. Workers write in it, too: the key keeps those of earlier runs out. A
/// folder that has the name already is replaced if it is an output of ours; any other is left alone, with an error. A symbolic link stays
/// one, and what it leads to is written.
///
/// Not safe to share between threads.
final class PendingFolder {
    /// The name under which the folder will appear.
    let path: String
    /// The folder to write in until `commit`.
    let temporaryPath: String
    /// Whether an earlier process of the run has written in it.
    let isTakenOver: Bool
    /// Whether the run is kept, so that what workers have written is of use after a failure.
    let isKept: Bool
    /// Whether there is such.
    var outlivesFailure = false
    private let target: FilePath
    private let lockedPath: String
    /// The folder with the temporary name, open and locked.
    private let descriptor: Int32
    private var isCommitted = false

    /// - Parameter key: 32 hexadecimal digits that are the same whenever the run goes on; nil for a run that is not kept.
    /// - Throws: when something that is not ours has the name, or another process writes the same output.
    init(path: String, key givenKey: String? = nil) throws(OutputError) {
        self.path = path
        do {
            target = FilePath(try FileSystem.linkTarget(path))
        } catch {
            throw OutputError(path: path, reason: error.reason)
        }
        try Self.checkReplaceable(target, as: path)
        let temporaryPath = target.sibling(".\(target.name).partial")
        let key = givenKey ?? UUID().uuidString.replacing("-", with: "").lowercased()
        lockedPath = temporaryPath
        isKept = givenKey != nil
        self.temporaryPath = "\(temporaryPath)/\(key)"
        do {
            try FileSystem.makeFolder(target.folder)
        } catch {
            throw OutputError(path: path, reason: error.reason)
        }
        guard mkdir(temporaryPath, 0o777) == 0 || errno == EEXIST else {
            let own = SystemReason.last
            throw OutputError(
                path: path, reason: FileSystem.obstacle(toWritingIn: target.folder) ?? "cannot be written: \(own)")
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
            let names = try FileManager.default.contentsOfDirectory(atPath: temporaryPath)
            for name in names where name != key { try FileManager.default.removeItem(atPath: "\(temporaryPath)/\(name)") }
            isTakenOver = names.contains(key)
        } catch {
            close(descriptor)
            throw OutputError(path: path, reason: "\(temporaryPath) cannot be emptied: \(error.localizedDescription)")
        }
        guard mkdir(self.temporaryPath, 0o777) == 0 || errno == EEXIST else {
            close(descriptor)
            throw OutputError(path: path, reason: "cannot be written: \(SystemReason.last)")
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

    /// `temporaryPath` without symbolic links.
    func resolvedPath() throws(OutputError) -> String {
        guard let resolved = FileSystem.resolved(temporaryPath) else { throw failure("cannot be found") }
        return resolved
    }

    /// Makes what was written durable.
    func synchronise() throws(OutputError) {
        guard FileSystem.synchronise(fileSystemOf: descriptor) else { throw failure("cannot be written to disk") }
    }

    /// Gives the folder its name; an older output of ours is removed.
    func commit() throws(OutputError) {
        try Self.checkReplaceable(target, as: path)
        let place = target.sibling(target.name)
        let old = target.sibling(".\(target.name).old")
        var status = stat()
        let isReplacement = lstat(place, &status) == 0
        if isReplacement {
            if ZarrMapWriter.hasWritten(old) { try? FileManager.default.removeItem(atPath: old) }
            guard rename(place, old) == 0 else { throw failure("cannot be replaced") }
        }
        guard rename(temporaryPath, place) == 0 else {
            let error = failure("cannot be renamed into place")
            if isReplacement { rename(old, place) }
            throw error
        }
        isCommitted = true
        try? FileManager.default.removeItem(atPath: lockedPath)
        if isReplacement { try? FileManager.default.removeItem(atPath: old) }
        FileSystem.synchronise(folder: target.folder)
    }

    /// Refuses a name that something has which this program did not write.
    private static func checkReplaceable(_ target: FilePath, as path: String) throws(OutputError) {
        let place = target.sibling(target.name)
        var status = stat()
        guard lstat(place, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR, ZarrMapWriter.hasWritten(place) else {
            throw OutputError(
                path: path,
                reason: "expected a free name or a map that coppice has written, found something else; take another name")
        }
    }

    private func failure(_ what: String) -> OutputError {
        OutputError(path: path, reason: "\(what): \(SystemReason.last)")
    }

    deinit {
        if !isCommitted, !outlivesFailure { try? FileManager.default.removeItem(atPath: lockedPath) }
        close(descriptor)
    }
}
