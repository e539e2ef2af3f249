internal import Formats
internal import Foundation

/// The folders of a command's images, which local workers may read: they run as the same user on the same machine.
package struct SharedFolders: Sendable {
    /// URLs below which images lie.
    let prefixes: [String]
    /// Absolute, with symbolic links resolved, each once; empty when there are too many to name.
    let folders: [String]

    private static let countMax = 64

    /// The folders of some files; those that do not exist are left out.
    package init(of paths: [String]) {
        let resolved = paths.compactMap { path in
            realpath(path, nil).map { text in
                defer { free(text) }
                return FilePath(String(cString: text)).folder
            }
        }
        prefixes = Set(paths.filter(RemoteImage.isURL).map(RemoteImage.folder)).sorted()
        let unique = Set(resolved).subtracting([""]).sorted()
        folders = unique.count <= Self.countMax ? unique : []
    }

    /// Whether workers may read what a URL names.
    func allow(url: String) -> Bool { prefixes.contains(RemoteImage.folder(of: url)) }

    /// Whether a file lies in one of them; its path is resolved.
    func hold(_ path: String) -> Bool { folders.contains(FilePath(path).folder) }
}
