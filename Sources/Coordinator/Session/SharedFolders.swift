internal import Formats
internal import Foundation

/// The folders of a command's images, which local workers may read: they run as the same user on the same machine.
package struct SharedFolders: Sendable {
    /// URLs below which images lie.
    let prefixes: [String]
    /// Absolute, with symbolic links resolved, each once; empty when there are too many to name.
    let folders: [String]
    /// Whether files count that lie in folders below them, too.
    private let areDeep: Bool

    private static let countMax = 64

    /// The folders of some files; those that do not exist are left out, and so are malformed URLs: no worker would start with one, and
    /// who opens the image says what is wrong with it.
    package init(of paths: [String]) {
        let resolved = paths.compactMap { path in
            realpath(path, nil).map { text in
                defer { free(text) }
                return FilePath(String(cString: text)).folder
            }
        }
        let urls = Set(paths.filter(RemoteImage.isURL).map(RemoteImage.folder))
        prefixes = urls.filter { (try? AllowedURL($0)) != nil }.sorted()
        let unique = Set(resolved).subtracting([""]).sorted()
        folders = unique.count <= Self.countMax ? unique : []
        areDeep = false
    }

    /// Folders with all that is below them, for images that are named later.
    package init(below roots: [String]) {
        let unique = Set(roots.compactMap { FileSystem.resolved($0) }).sorted()
        (folders, prefixes, areDeep) = (unique.count <= Self.countMax ? unique : [], [], true)
    }

    /// Whether workers may read what a URL names.
    func allow(url: String) -> Bool { prefixes.contains(RemoteImage.folder(of: url)) }

    /// Whether a file lies in one of them; its path is resolved.
    func hold(_ path: String) -> Bool {
        areDeep ? folders.contains { path.hasPrefix($0 == "/" ? "/" : $0 + "/") } : folders.contains(FilePath(path).folder)
    }
}
