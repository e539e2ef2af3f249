internal import Coordinator
internal import HTTPTypes
internal import Hummingbird
internal import Imaging
internal import Jobs
internal import Protocol

extension AnnotatorResponder {
    /// `POST /api/v1/segment`: the maps of `coppice segment`, as files of the client.
    func segment(_ request: Request) async -> Answer {
        await whileConnected(request) { request in
            let wish = try await body(SegmentationWish.self, of: request)
            let outcome = try await project.work.run(for: project) { run, files in
                let model = try await files.model(wish.model)
                let (request, areas) = try wish.request(files, model)
                let outcome = try await run.segment(request, with: model)
                try outcome.failures.conclude()
                guard let areas else { return }
                var found = ClassAreas(of: model.model.classes)
                for work in request.works { try found.add(work, named: FilePath(work.image.path).name) }
                try found.write(to: areas)
            }
            return .document(.created, MadeFiles(files: outcome.files, messages: outcome.messages))
        }
    }
}

/// What came of a piece of work.
struct MadeFiles: Encodable {
    var files: [ClientFile]
    var messages: [String]
}

/// What `coppice segment` is asked for, of one image.
struct SegmentationWish: Wish {
    enum Member: String, CodingKey, CaseIterable {
        case image, model, output, probabilities, uncertainty, overlay, areas, tile, smooth, minRegion, fillHoles, within
    }

    var image: ImageWish
    var model: ModelWish
    /// Names of the maps' files.
    var maps: [MapKind: String] = [:]
    var areas: String?
    var tile: Int?
    var smooth: Double?
    var regions: RegionCleanup
    /// Where the image is segmented; nil for all of it.
    var within: String?

    init(_ members: Members<Member>) throws {
        image = try members.required(.image)
        model = try members.required(.model)
        maps[.labels] = try members.required(.output, as: String.self)
        maps[.probabilities] = try members.optional(.probabilities)
        maps[.uncertainty] = try members.optional(.uncertainty)
        maps[.overlay] = try members.optional(.overlay)
        areas = try members.optional(.areas)
        tile = try members.number(.tile, in: 1...8192)
        smooth = try members.length(.smooth, atMost: VoteSmoothing.sigmaMax)
        regions = RegionCleanup(
            regionPixels: try members.number(.minRegion, in: RegionCleanup.pixelsRange) ?? 0,
            holePixels: try members.number(.fillHoles, in: RegionCleanup.pixelsRange) ?? 0)
        within = try members.optional(.within)
    }

    /// What is asked for, and where the table of areas goes.
    ///
    /// - Throws: `Refusal` for files that are not known; errors of outputs that cannot be.
    func request(_ files: WorkFiles, _ model: ModelFile) throws -> (SegmentationRequest, areas: String?) {
        let input = try files.image(image)
        let cleaning = ResultCleaning(sigma: smooth, regions: regions, within: try within.map { try files.path($0) })
        var paths: MapOutputs = [:]
        for kind in MapKind.allCases {
            guard let name = maps[kind] else { continue }
            paths[kind] = try files.output(name, as: kind == .labels ? "output" : kind.rawValue, endings: kind.endings) { path in
                kind.files(path, classes: model.model.classes)
            }
        }
        let areas = try areas.map { try files.output($0, as: "areas", endings: ["csv"]) }
        try files.check()
        return (SegmentationRequest([.init(image: input, paths: paths)], tileSide: tile, cleaning: cleaning), areas)
    }
}
