internal import HTTPTypes
internal import Formats
internal import Foundation

/// The folders whose images the page may see and use: everything else of the machine does not exist for it.
struct FileRoots: Sendable {
    /// Absolute, with symbolic links resolved, none inside of another.
    let folders: [String]

    /// - Parameter folders: those that do not exist are left out.
    init(_ folders: [String]) {
        let resolved = Set(folders.compactMap { FileSystem.resolved($0) })
        self.folders = resolved.filter { one in !resolved.contains { $0 != one && Self.lies(one, in: $0) } }.sorted()
    }

    /// A path with symbolic links resolved, if it lies in one of the folders or is one.
    ///
    /// - Throws: `Refusal`, the same whether a path leads out of the folders or to nothing: what is elsewhere is nobody's business.
    func resolved(_ path: String) throws(Refusal) -> String {
        guard !path.contains("\0"), let resolved = FileSystem.resolved(path),
            folders.contains(where: { Self.lies(resolved, in: $0) })
        else {
            throw Refusal(
                .notFound, "unknown_path",
                "path: expected a file or folder below \(folders.joined(separator: " or ")), found \"\(path.prefix(300))\"; "
                    + "name others with --root")
        }
        return resolved
    }

    /// The path of a file that is to be made: in a folder that is there and lies in the roots, and in the place of nothing.
    ///
    /// - Throws: `Refusal`, as `resolved`, and for a name that is taken.
    func place(forNew path: String) throws(Refusal) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last, !["", ".", ".."].contains(name) else {
            throw .badRequest("path: expected the name of a new file, found \"\(path.prefix(300))\"")
        }
        let folder = parts.dropLast().joined(separator: "/")
        let place = try resolved(folder.isEmpty ? "/" : folder) + "/" + name
        guard !FileManager.default.fileExists(atPath: place) else {
            throw Refusal(.conflict, "name_taken", "path: expected a name that is free, found \(place), which is there")
        }
        return place
    }

    /// The folder above, unless it is outside.
    func parent(of resolved: String) -> String? {
        guard !folders.contains(resolved) else { return nil }
        let parent = URL(fileURLWithPath: resolved).deletingLastPathComponent().path
        return folders.contains { Self.lies(parent, in: $0) } ? parent : nil
    }

    private static func lies(_ path: String, in folder: String) -> Bool {
        path == folder || path.hasPrefix(folder == "/" ? "/" : folder + "/")
    }
}
