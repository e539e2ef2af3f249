internal import Coordinator
internal import Foundation
internal import GRDB

/// Copies of a project while it is in use.
extension ProjectStore {
    /// Copies the log, with everything but images, into a file that appears when it is whole. Operations are taken meanwhile; the copy has
    /// all that were acknowledged before.
    ///
    /// - Throws: disk full; input/output.
    package func backup(to path: String) async throws(ProjectError) {
        let folder = folder
        let result = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: Result { () throws(ProjectError) in try Self.backup(folder: folder, to: path) })
            }
        }
        try result.get()
    }

    /// The same of a project that another process may have open.
    ///
    /// - Throws: not found when there is no project; as `backup(to:)`.
    package static func backup(folder: String, to path: String) throws(ProjectError) {
        let queue = try ProjectDatabase.openReadOnly(in: folder)
        try ProjectDatabase.reporting(folder) {
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
}
