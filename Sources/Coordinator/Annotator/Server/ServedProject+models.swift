internal import Foundation
internal import Projects

/// What a page is told of a model that was kept.
struct ModelSummaryDocument: Encodable, Sendable {
    var revision: Int
    var name: String?
    var time: String?
    var labelSequence: Int?
}

extension ServedProject {
    /// The models that are kept, newest first.
    func models() throws -> [ModelSummaryDocument] {
        try store.models().map { ModelSummaryDocument(revision: $0.revision, name: $0.name) }
    }

    /// The model file of a revision.
    ///
    /// - Throws: `Refusal` for one that is not kept.
    func model(_ revision: Int) throws -> Data {
        do {
            return try store.model(revision: revision)
        } catch {
            throw Refusal.unknown("model", "\(revision)")
        }
    }

    /// Keeps a model under a name, so that it is not given up for newer ones.
    func keepModel(_ revision: Int, as name: String) throws {
        guard var record = try store.models().first(where: { $0.revision == revision }) else {
            throw Refusal.unknown("model", "\(revision)")
        }
        record.name = name
        try store.keep(model: record, try store.model(revision: revision))
    }

    /// The project's folder.
    var folder: String { store.folder }
}
