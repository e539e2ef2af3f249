internal import Coordinator
internal import Formats
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Imaging
internal import Jobs
internal import NIOCore
internal import Objects
internal import Projects

extension AnnotatorResponder {
    /// `POST /api/v1/runs`: the run begins when those before it have ended.
    func beginRun(_ request: Request) async throws -> Answer {
        struct Begun: Encodable { var id: String }
        let person = try person(of: request)
        let wish = try await body(RunWish.self, of: request)
        let project = project
        let images = try await offloaded { try wish.images.found(in: project) }
        guard !images.isEmpty else {
            throw Refusal(.unprocessableContent, "no_images", "images: expected at least one, found none")
        }
        let model = try await project.live.finalModel()
        let order = RunOrder(
            id: UUID().uuidString.lowercased(), kind: wish.kind, images: images, maps: wish.maps, format: wish.format,
            objects: wish.objects, areas: wish.areas, person: person.id, time: ProjectRuns.now, revision: model.revision,
            modelTime: model.time)
        try await project.runs.add(order, model: model.bytes)
        return .document(.created, Begun(id: order.id))
    }

    /// `GET /api/v1/runs`
    func listRuns() async -> Answer {
        struct Runs: Encodable { var runs: [RunDocument] }
        return .document(.ok, Runs(runs: await project.runs.all))
    }

    /// `GET /api/v1/runs/{run}`
    func describeRun(_ id: String) async throws -> Answer { .document(.ok, try await project.runs.document(of: id)) }

    /// `DELETE /api/v1/runs/{run}`
    func cancelRun(_ id: String) async throws -> Answer {
        try await project.runs.cancel(id)
        return .empty(.noContent)
    }

    /// `POST /api/v1/runs/{run}/again`: of a run that failed or was cancelled, what is missing is done.
    func beginRunAgain(_ id: String) async throws -> Answer {
        try await project.runs.again(id)
        return .empty(.accepted)
    }

    /// `GET /api/v1/runs/{run}/files/{name}`
    func runFile(_ id: String, _ name: String) async throws -> Answer {
        let path = try await project.runs.file(name, of: id)
        return try .file(path, type: Answer.type(ofFile: name), name: name)
    }
}

/// What a page asks for, as it comes.
private struct RunWish: Decodable, Sendable {
    enum Images: Decodable, Sendable {
        case all
        case some([String])
        case folder(String)
    }

    var kind: String
    var images: Images
    var maps: [MapKind]
    var format: RunOrder.Format
    var objects: RunOrder.Objects?
    var areas: Bool

    private enum CodingKeys: CodingKey { case kind, images, maps, format, objects, areas }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        kind = try container.decodeIfPresent(String.self, forKey: .kind) ?? "segment"
        guard kind == "segment" else {
            throw DecodingError.dataCorruptedError(forKey: .kind, in: container, debugDescription: "expected segment")
        }
        images = try container.decode(Images.self, forKey: .images)
        let wanted = try container.decodeIfPresent([String: Bool].self, forKey: .maps) ?? [:]
        maps = try wanted.filter(\.value).keys.sorted().map { name in
            guard let kind = MapKind(rawValue: name) else {
                let known = MapKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw DecodingError.dataCorruptedError(
                    forKey: .maps, in: container, debugDescription: "expected \(known), found \"\(name.prefix(40))\"")
            }
            return kind
        }
        format = try container.decodeIfPresent(RunOrder.Format.self, forKey: .format) ?? .tif
        // `true` stands for a table of all objects.
        if let isWanted = try? container.decodeIfPresent(Bool.self, forKey: .objects) {
            objects = isWanted ? RunOrder.Objects(formats: [.csv]) : nil
        } else {
            objects = try container.decodeIfPresent(RunOrder.Objects.self, forKey: .objects)
        }
        areas = try container.decodeIfPresent(Bool.self, forKey: .areas) ?? false
    }
}

extension RunWish.Images {
    private struct Folder: Decodable { var folder: String }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let ids = try? container.decode([String].self) {
            self = .some(ids)
        } else if (try? container.decode(String.self)) == "all" {
            self = .all
        } else if let folder = try? container.decode(Folder.self) {
            self = .folder(folder.folder)
        } else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected a list of ids, \"all\" or {\"folder\": …}")
        }
    }

    /// The images that are meant, with names of their own.
    ///
    /// - Throws: `Refusal` for an id that is not known, and for a folder outside of the roots; bad input for a folder without images.
    fileprivate func found(in project: ServedProject) throws -> [RunOrder.Image] {
        let files: [(id: String?, path: String, name: String)]
        switch self {
        case .all: files = project.store.state.allImages.map { ($0.id, project.images.path(of: $0), $0.name) }
        case .some(let ids):
            files = try ids.map { id in
                let image = try project.images.entry(id)
                return (image.id, project.images.path(of: image), image.name)
            }
        case .folder(let path):
            let folder = try project.roots.resolved(project.located(path))
            files = try ImageList([folder], manifest: nil).images.map { (nil, $0, FilePath($0).name) }
        }
        var names: Set<String> = []
        return files.map { file in
            let stem = FilePath(file.name).stem.map { $0 == "/" ? "_" : $0 }
            let first = stem.isEmpty ? "image" : String(stem)
            let name = names.contains(first) ? (2...).lazy.map { "\(first)-\($0)" }.first { !names.contains($0) } ?? first : first
            names.insert(name)
            // A file that cannot be read is said so by the run, which goes on with the others.
            let contents = try? ImageFile.contents(path: file.path)
            return RunOrder.Image(id: file.id, path: file.path, name: name, pages: contents?.pages ?? 1)
        }
    }
}
