internal import Coordinator
internal import Formats
internal import Foundation
internal import GRDB

/// Copies of a project while it is in use.
extension ProjectStore {
    /// Where uploaded images lie in a project's folder.
    package static let imagesFolder = "images"
    /// How the names of uploads begin that are under way.
    package static let hiddenUploadPrefix = ".upload-"

    /// Copies the log, with everything but images, into a file that appears when it is whole, or with uploaded images into a folder.
    /// Operations are taken meanwhile; the copy has all that were acknowledged before.
    ///
    /// - Parameter path: a file's, or a folder's: one that is there, or with a slash at its end. In a folder that has an older copy of the
    ///   project, only images that are new are copied.
    /// - Throws: bad operation for the project's own folder, that of another project, and a copy that is open; disk full; input/output.
    @discardableResult
    package func backup(to path: String) async throws(ProjectError) -> ProjectBackup {
        let folder = folder
        let result = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: Result { () throws(ProjectError) in try Self.backup(folder: folder, to: path) })
            }
        }
        return try result.get()
    }

    /// The same of a project that another process may have open.
    ///
    /// - Throws: not found when there is no project; as `backup(to:)`.
    @discardableResult
    package static func backup(folder: String, to path: String) throws(ProjectError) -> ProjectBackup {
        let queue = try ProjectDatabase.openReadOnly(in: folder)
        let isFolder = ProjectBackup.isFolder(path)
        let target = isFolder ? ProjectDatabase.path(in: path) : path
        try check(target, queue, folder)
        return try ProjectDatabase.reporting(folder) {
            try copy(queue, to: target)
            // After the log: whatever image the copied log names is there.
            let images = UploadedImages(of: folder)
            if isFolder { try images.copy(to: FilePath.join(path, imagesFolder)) }
            return ProjectBackup(
                path: path, images: images.folder, imageCount: images.names.count, imageBytes: images.byteCount,
                hasImages: isFolder)
        }
    }

    /// Looks whether a copy may take the place of what is there.
    private static func check(_ target: String, _ queue: DatabaseQueue, _ folder: String) throws(ProjectError) {
        let own = FileSystem.resolved(ProjectDatabase.path(in: folder))
        guard let there = FileSystem.resolved(target) else { return }
        guard there != own else {
            throw ProjectError(.badOperation, "\(target): expected a place for a copy, found the project itself")
        }
        if FilePath(there).name == ProjectDatabase.fileName, let holder = RunLock.holder(in: FilePath(there).folder) {
            throw ProjectError(.badOperation, "\(target): expected a copy that nobody serves, found \(holder)")
        }
        var log = stat()
        // SQLite would take it for a part of the new file.
        guard stat(there + "-wal", &log) != 0 || log.st_size == 0 else {
            throw ProjectError(
                .badOperation,
                "\(target): expected a copy that was closed, found changes in \(FilePath(there).name)-wal beside it")
        }
        let known = try? DatabaseQueue(path: there, configuration: .init(readOnly: true)).read(ProjectDatabase.id)
        let id = try? queue.read(ProjectDatabase.id)
        guard known == nil || id == nil || known == id else {
            throw ProjectError(.badOperation, "\(target): expected a copy of this project to replace, found another project")
        }
    }

    private static func copy(_ queue: DatabaseQueue, to path: String) throws {
        let file = try PendingFile(path: path)
        // What a killed process has left; SQLite copies into an empty file.
        guard truncate(file.temporaryPath, 0) == 0 else {
            throw OutputError(path: path, reason: "cannot be written: \(String(cString: strerror(errno)))")
        }
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "VACUUM INTO ?", arguments: [file.temporaryPath])
        }
        try file.commit()
    }
}

extension Configuration {
    fileprivate init(readOnly: Bool) {
        self.init()
        readonly = readOnly
    }
}
