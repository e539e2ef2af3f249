internal import Foundation

/// The run directories below a folder.
package struct RunList: Sendable {
    /// Newest first, by their last opening; of equals, by their path.
    package let runs: [RunStatus]
    /// One line for each directory that looks like a run's and cannot be read.
    package let unreadable: [String]

    /// So deep below the folder are runs looked for.
    package static let depthMax = 4

    package init(below folder: String) throws(CommandError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw CommandError(.inputOutput, "\(folder): no such folder")
        }
        var runs: [RunStatus] = []
        var unreadable: [String] = []
        for directory in Self.directories(below: folder, depth: 0) {
            do throws(CommandError) {
                runs.append(try RunStatus(directory: directory))
            } catch {
                unreadable.append(error.description)
            }
        }
        self.runs = runs.sorted { ($1.openedAt, $0.directory) < ($0.openedAt, $1.directory) }
        self.unreadable = unreadable
    }

    /// Folders with a ledger, not following symbolic links, nor looking into a run.
    private static func directories(below folder: String, depth: Int) -> [String] {
        if FileManager.default.fileExists(atPath: LedgerDatabase.path(in: folder)) { return [folder] }
        guard depth < depthMax, let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return [] }
        return names.sorted().filter { !$0.hasPrefix(".") }.flatMap { name -> [String] in
            let path = folder == "." ? name : FilePath.join(folder, name)
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return [] }
            return directories(below: path, depth: depth + 1)
        }
    }
}
