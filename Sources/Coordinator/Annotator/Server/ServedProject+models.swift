internal import Foundation
internal import Projects

extension ServedProject {
    /// The project's folder.
    var folder: String { store.folder }

    /// The model file of a revision: of the live session, or one that was kept.
    ///
    /// - Throws: not found.
    func model(_ revision: Int) async throws -> Data {
        if let bytes = await live.model(revision: revision) { return bytes }
        return try store.model(revision: revision)
    }

    /// The path of an image that a page names: a relative one lies in the project's folder.
    func located(_ path: String) -> String { path.hasPrefix("/") ? path : folder + "/" + path }
}
