internal import Coordinator
internal import Formats
internal import Foundation
internal import Imaging
internal import Jobs
internal import Objects
internal import Projects

/// What a page asks for, as it comes.
struct RunWish: Wish {
    enum Member: String, CodingKey, CaseIterable {
        case kind, images, maps, format, objects, areas, smooth, minRegion, fillHoles
    }

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
    /// What is done with what the forest says; nil for nothing.
    var cleaning: ResultCleaning?

    init(_ members: Members<Member>) throws {
        kind = try members.optional(.kind) ?? "segment"
        guard kind == "segment" else { throw members.wrong(.kind, "expected segment") }
        images = try members.required(.images)
        let wanted = try members.optional(.maps, as: [String: Bool].self) ?? [:]
        maps = try wanted.filter(\.value).keys.sorted().map { name in
            guard let kind = MapKind(rawValue: name) else {
                let known = MapKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw members.wrong(.maps, "expected \(known), found \"\(name.prefix(40))\"")
            }
            return kind
        }
        format = try members.optional(.format) ?? .tif
        // `true` stands for a table of all objects.
        if let isWanted = try? members.optional(.objects, as: Bool.self) {
            objects = isWanted ? RunOrder.Objects(formats: [.csv]) : nil
        } else {
            objects = try members.optional(.objects, as: RunObjectsWish.self)?.objects
        }
        areas = try members.optional(.areas) ?? false
        let sigma = try members.length(.smooth, atMost: VoteSmoothing.sigmaMax)
        let regions = RegionCleanup(
            regionPixels: try members.number(.minRegion, in: RegionCleanup.pixelsRange) ?? 0,
            holePixels: try members.number(.fillHoles, in: RegionCleanup.pixelsRange) ?? 0)
        cleaning = sigma == nil && regions.isEmpty ? nil : ResultCleaning(sigma: sigma, regions: regions)
    }
}

/// What is asked of the objects of each image.
private struct RunObjectsWish: Wish {
    enum Member: String, CodingKey, CaseIterable { case formats, classes, areaMin, splits, fillsHoles }

    let objects: RunOrder.Objects

    init(_ members: Members<Member>) throws {
        let classes = try members.optional(.classes, as: [UInt16].self)
        if let classes, classes.isEmpty || classes.contains(0) {
            throw members.wrong(.classes, "expected labels from 1 to 65535, found \(classes)")
        }
        objects = RunOrder.Objects(
            formats: try members.required(.formats), classes: classes, areaMin: try members.number(.areaMin, in: .from(1)),
            splits: try members.optional(.splits), fillsHoles: try members.optional(.fillsHoles))
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
    func found(in project: ServedProject) throws -> [RunOrder.Image] {
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
