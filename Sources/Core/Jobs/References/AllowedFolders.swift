internal import Formats
internal import Foundation

/// Folders inside which paths of strangers may lead.
///
/// A path is looked up under each root; where it leads to, with all symbolic links resolved, must lie inside the root.
struct AllowedFolders: Sendable {
    /// Absolute and with symbolic links resolved.
    private let roots: [String]

    /// Allows nothing.
    init() { roots = [] }

    /// - Parameter kind: what a root is called in messages.
    /// - Throws: `ReferenceError` naming the folder that is none.
    init(_ roots: [String], kind: String) throws(ReferenceError) {
        var folders: [String] = []
        for root in roots {
            guard let resolved = FileSystem.resolved(root), FileSystem.isFolder(resolved) else {
                throw ReferenceError("\(kind) \(root): expected a folder, found none")
            }
            folders.append(resolved)
        }
        self.roots = folders
    }

    var isEmpty: Bool { roots.isEmpty }

    /// Where a path leads to inside the roots, with symbolic links resolved.
    ///
    /// - Throws: `ReferenceError` for a path that is malformed.
    func places(of path: String) throws(ReferenceError) -> [String] {
        guard !path.isEmpty, path.utf8.count <= 4096, !path.utf8.contains(0) else {
            throw ReferenceError("path: expected 1 to 4096 bytes without a zero byte, found \(path.utf8.count)")
        }
        guard !path.split(separator: "/").contains("..") else {
            throw ReferenceError("path \"\(Self.shown(path))\": expected a path without \"..\"")
        }
        return roots.compactMap { root in
            FileSystem.resolved(path.hasPrefix("/") ? path : "\(root)/\(path)").flatMap { Self.lies($0, inside: root) ? $0 : nil }
        }
    }

    /// A path in messages.
    static func shown(_ path: String) -> String {
        path.prefix(200).split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// Whether `path` lies below `root`; both are resolved.
    private static func lies(_ path: String, inside root: String) -> Bool {
        root == "/" ? path != "/" : path.hasPrefix(root + "/")
    }
}
