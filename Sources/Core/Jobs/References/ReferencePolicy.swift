package import Formats
internal import Foundation

/// Which files and URLs jobs may make a worker read: only what the worker's options allow.
///
/// A path is looked up under each root; what was opened, with all symbolic links resolved, must lie inside the root. A URL must
/// lie below an allowed prefix.
package struct ReferencePolicy: Sendable {
    private let roots: AllowedFolders
    private let prefixes: [AllowedURL]

    /// Allows nothing.
    package init() { (roots, prefixes) = (AllowedFolders(), []) }

    /// - Parameters:
    ///   - roots: folders whose files may be read.
    ///   - prefixes: URLs below which may be read, such as `https://images.example.org/slides`.
    /// - Throws: `ReferenceError` naming the folder that is none, or the prefix that is malformed.
    package init(roots: [String], prefixes: [String]) throws(ReferenceError) {
        var allowed: [AllowedURL] = []
        for prefix in prefixes { allowed.append(try AllowedURL(prefix)) }
        (self.roots, self.prefixes) = (try AllowedFolders(roots, kind: "data root"), allowed)
    }

    /// Opens the file that a job names.
    ///
    /// - Parameter path: relative to a root, or absolute inside one; without `..`.
    /// - Throws: `ReferenceError`. For a path that leads out of the roots it is the same whether there is such a file or not.
    func open(_ path: String) throws(ReferenceError) -> InputFile {
        let shown = AllowedFolders.shown(path)
        for resolved in try places(of: path) {
            do {
                let file = try InputFile(path: resolved, followsLinks: false)
                // Between the look and the opening a folder may have been replaced by a link.
                guard file.resolvedPath == resolved else { continue }
                return file
            } catch {
                throw ReferenceError("path \"\(shown)\": \(error.reason)")
            }
        }
        throw ReferenceError("path \"\(shown)\": expected a file under a --data-root, found none")
    }

    /// The folder that a job names, with symbolic links resolved.
    ///
    /// - Throws: `ReferenceError`, as `open`.
    func folder(_ path: String) throws(ReferenceError) -> String {
        for resolved in try places(of: path) where FileSystem.isFolder(resolved) { return resolved }
        throw ReferenceError("path \"\(AllowedFolders.shown(path))\": expected a folder under a --data-root, found none")
    }

    /// Where a path leads to inside the roots, with symbolic links resolved.
    private func places(of path: String) throws(ReferenceError) -> [String] {
        guard !roots.isEmpty else {
            throw ReferenceError("path \"\(AllowedFolders.shown(path))\": the worker reads no files: it has no --data-root")
        }
        return try roots.places(of: path)
    }

    /// Refuses a URL that is not below an allowed prefix.
    ///
    /// - Throws: `ReferenceError`.
    func check(url: String) throws(ReferenceError) {
        let found = try AllowedURL(url)
        guard prefixes.contains(where: { $0.covers(found) }) else {
            throw ReferenceError("url: expected one below an --allow-url, found \"\(found)\"")
        }
    }

}

/// Where jobs may make a worker write: only where the worker's options allow, and only chunks of images that a coordinator has begun.
///
/// A coordinator begins an image in a folder with the name `.NAME.partial/KEY`, where the key is 32 hexadecimal digits that nobody else
/// knows; that it is there says that worker and coordinator see the same storage. Symbolic links are resolved, and what they lead to must
/// lie inside a root.
package struct OutputPolicy: Sendable {
    private let roots: AllowedFolders

    /// Allows nothing.
    package init() { roots = AllowedFolders() }

    /// - Throws: `ReferenceError` naming the folder that is none.
    package init(roots: [String]) throws(ReferenceError) { self.roots = try AllowedFolders(roots, kind: "output root") }

    /// Whether anything may be written.
    var isOpen: Bool { !roots.isEmpty }

    /// The folder of an image that a coordinator has begun.
    ///
    /// - Parameter names: that it may have here, each absolute inside a root or relative to one.
    /// - Throws: `ReferenceError` when there is none under a root.
    func folder(_ names: [String]) throws(ReferenceError) -> String {
        guard isOpen else { throw ReferenceError("the worker writes no files: it has no --output-root") }
        for name in names {
            for place in try roots.places(of: name) where Self.isBegun(place) { return place }
        }
        throw ReferenceError("expected a folder that a coordinator has begun under an --output-root, found none")
    }

    private static func isBegun(_ path: String) -> Bool {
        let parts = path.split(separator: "/").suffix(2)
        guard parts.count == 2, let partial = parts.first, let key = parts.last else { return false }
        return partial.hasPrefix(".") && partial.hasSuffix(".partial") && key.utf8.count == 32
            && key.allSatisfy { "0123456789abcdef".contains($0) } && FileSystem.isFolder(path)
    }
}

/// Folders that untrusted paths may lead into.
///
/// A path is looked up under each root. What it leads to, with all symbolic links resolved, must lie inside the root.
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
