package import Formats
internal import Foundation

/// Where a worker writes on the word of a job: nowhere that was not allowed when it was started, and nothing but chunks of images that a
/// coordinator has begun.
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
