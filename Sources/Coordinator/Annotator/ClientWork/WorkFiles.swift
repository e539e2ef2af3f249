internal import Coordinator
internal import Foundation
internal import HTTPTypes
internal import Primitives
internal import Projects
internal import Protocol

/// The files of one piece of work: those that it reads, held as long as it goes on, and a folder for those that it makes.
///
/// For one task.
final class WorkFiles {
    private let project: ServedProject
    private var held: [String: HeldFile] = [:]
    private var plan = OutputPlan()
    /// Where outputs are made; nil as long as there are none.
    private var folder: String?

    init(_ project: ServedProject) { self.project = project }

    private var store: ClientFiles { project.work.files }

    // MARK: Inputs

    /// The path of a client's file.
    ///
    /// - Throws: `Refusal` for a name that is not known.
    func path(_ name: String) throws(Refusal) -> String {
        if let known = held[name] { return known.path }
        let file = try store.file(name)
        held[name] = file
        return file.path
    }

    /// - Throws: `Refusal` for a file or image that is not known; an error of the channels.
    func image(_ wish: ImageWish) throws -> ImageInput {
        switch wish.source {
        case .file(let name): return try wish.input(at: try path(name))
        case .image(let id): return try wish.input(at: project.images.path(of: try project.images.entry(id)))
        }
    }

    /// - Throws: `Refusal` for a file or revision that is not known; bad input for what is no model.
    func model(_ wish: ModelWish) async throws -> ModelFile {
        switch wish {
        case .file(let name): return try ModelFile.load(try path(name))
        case .revision(let revision):
            let bytes = try await project.model(revision)
            return ModelFile(model: try SegmentationModel(decoding: bytes), bytes: bytes, hash: ContentHash(of: bytes))
        }
    }

    // MARK: Outputs

    /// The path of a file that is to be made.
    ///
    /// - Parameters:
    ///   - member: what the client calls it.
    ///   - endings: that its name may have; empty for any.
    ///   - files: the files that come of it; nil for one of this name.
    /// - Throws: `Refusal` for a name that is none, or that of an input; a usage error for another ending, and for a name that is given twice.
    func output(
        _ name: String, as member: String, endings: [String] = [], files: (String) -> [String] = { [$0] }
    ) throws -> String {
        try ClientFiles.check(name, as: member)
        let folder = try folder ?? store.makeFolder()
        self.folder = folder
        let path = FilePath.join(folder, name)
        // Folders are no files that could be handed out.
        let endings = endings.filter { $0 != "zarr" }
        for file in files(path) {
            guard held[FilePath(file).name] == nil else {
                throw Refusal(
                    .unprocessableContent, "bad_document",
                    "\(member): expected a file of its own, found \"\(FilePath(file).name)\", which is also an input")
            }
            try plan.write(file, as: member, endings: endings)
        }
        return path
    }

    /// Refuses outputs of which two are the same. Comes once all are known.
    func check() throws { _ = try plan.check() }

    /// Takes what was made among the client's files.
    func publish() throws -> [ClientFile] {
        guard let folder else { return [] }
        let files = try store.adopt(folder)
        self.folder = nil
        return files
    }

    deinit {
        if let folder { try? FileManager.default.removeItem(atPath: folder) }
    }
}
