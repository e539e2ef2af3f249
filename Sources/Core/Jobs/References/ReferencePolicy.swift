package import Formats

/// Which files and URLs a worker reads on the word of a job: nothing that was not allowed when it was started.
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
