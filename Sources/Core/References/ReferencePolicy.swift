internal import Foundation

/// Which files and URLs a worker reads on the word of a job: nothing that was not allowed when it was started.
///
/// A path is looked up under each root; what was opened, with all symbolic links resolved, must lie inside the root. A URL must
/// lie below an allowed prefix.
public struct ReferencePolicy: Sendable {
    /// Folders, absolute and with symbolic links resolved.
    private let roots: [String]
    private let prefixes: [AllowedURL]

    /// Allows nothing.
    public init() { (roots, prefixes) = ([], []) }

    /// - Parameters:
    ///   - roots: folders whose files may be read.
    ///   - prefixes: URLs below which may be read, such as `https://images.example.org/slides`.
    /// - Throws: `ReferenceError` naming the folder that is none, or the prefix that is malformed.
    public init(roots: [String], prefixes: [String]) throws(ReferenceError) {
        var folders: [String] = []
        for root in roots {
            guard let resolved = Self.resolved(root), Self.isFolder(resolved) else {
                throw ReferenceError("data root \(root): expected a folder, found none")
            }
            folders.append(resolved)
        }
        var allowed: [AllowedURL] = []
        for prefix in prefixes { allowed.append(try AllowedURL(prefix)) }
        (self.roots, self.prefixes) = (folders, allowed)
    }

    /// Opens the file that a job names.
    ///
    /// - Parameter path: relative to a root, or absolute inside one; without `..`.
    /// - Throws: `ReferenceError`. For a path that leads out of the roots it is the same whether there is such a file or not.
    func open(_ path: String) throws(ReferenceError) -> InputFile {
        let shown = Self.shown(path)
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
        for resolved in try places(of: path) where Self.isFolder(resolved) { return resolved }
        throw ReferenceError("path \"\(Self.shown(path))\": expected a folder under a --data-root, found none")
    }

    private static func shown(_ path: String) -> String {
        path.prefix(200).split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// Where a path leads to inside the roots, with symbolic links resolved.
    private func places(of path: String) throws(ReferenceError) -> [String] {
        let shown = Self.shown(path)
        guard !roots.isEmpty else { throw ReferenceError("path \"\(shown)\": the worker reads no files: it has no --data-root") }
        guard !path.isEmpty, path.utf8.count <= 4096, !path.utf8.contains(0) else {
            throw ReferenceError("path: expected 1 to 4096 bytes without a zero byte, found \(path.utf8.count)")
        }
        guard !path.split(separator: "/").contains("..") else {
            throw ReferenceError("path \"\(shown)\": expected a path without \"..\"")
        }
        return roots.compactMap { root in
            Self.resolved(path.hasPrefix("/") ? path : "\(root)/\(path)").flatMap { Self.lies($0, inside: root) ? $0 : nil }
        }
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

    /// Whether `path` lies below `root`; both are resolved.
    private static func lies(_ path: String, inside root: String) -> Bool {
        root == "/" ? path != "/" : path.hasPrefix(root + "/")
    }

    private static func resolved(_ path: String) -> String? {
        guard let text = realpath(path, nil) else { return nil }
        defer { free(text) }
        return String(validatingCString: text)
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}

/// Why a reference is not followed. `description` is one line.
public struct ReferenceError: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
