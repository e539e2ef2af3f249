internal import Coordinator
internal import HTTPTypes
internal import Hummingbird
internal import Imaging
internal import Objects
internal import Protocol

extension AnnotatorResponder {
    /// `POST /api/v1/objects`: the files of `coppice objects`, as files of the client.
    func findObjects(_ request: Request) async -> Answer {
        await whileConnected(request) { request in
            let wish = try await body(ObjectsWish.self, of: request)
            let outcome = try await project.work.run(for: project) { run, files in
                let model = if let model = wish.model { try await files.model(model).model } else { nil as SegmentationModel? }
                return try await run.writeObjects(try wish.request(files), model: model)
            }
            return .document(
                .created, FoundObjects(files: outcome.files, messages: outcome.messages, counts: outcome.value))
        }
    }

    private struct FoundObjects: Encodable {
        var files: [ClientFile]
        var messages: [String]
        var counts: ObjectCounts
    }
}

/// What `coppice objects` is asked for.
struct ObjectsWish: Wish {
    enum Member: String, CodingKey, CaseIterable {
        case labels, outputs, format, image, probabilities, model, classes, within, connectivity, areaMin, fillsHoles, splits
        case splitDepth, simplify, smooth, detections, tile, rules
    }

    var labels: ImageWish
    var outputs: [String]
    var format: ObjectsRequest.Format?
    var image: ImageWish?
    var probabilities: ImageWish?
    var model: ModelWish?
    var classes: [UInt16]?
    var within: String?
    var connectivity: ObjectRules.Connectivity
    var areaMin: Int
    var fillsHoles: Bool
    var splitDepth: Double?
    var drawing: OutlineDrawing
    var isDetections: Bool
    var tile: Int?
    var rules: LabelRules

    init(_ members: Members<Member>) throws {
        labels = try members.required(.labels)
        outputs = try members.required(.outputs)
        guard !outputs.isEmpty else { throw members.wrong(.outputs, "expected at least one file, found none") }
        format = try members.optional(.format, as: String.self).map { name in
            guard let format = ObjectsRequest.Format(rawValue: name) else {
                let known = ObjectsRequest.Format.allCases.map(\.rawValue).joined(separator: ", ")
                throw members.wrong(.format, "expected one of \(known), found \"\(name.prefix(40))\"")
            }
            return format
        }
        (image, probabilities) = (try members.optional(.image), try members.optional(.probabilities))
        (model, within) = (try members.optional(.model), try members.optional(.within))
        classes = try members.optional(.classes, as: [Int].self).map { labels in
            let known = labels.compactMap { UInt16(exactly: $0) }.filter { $0 > 0 }
            guard known.count == labels.count, !known.isEmpty else {
                throw members.wrong(.classes, "expected labels from 1 to 65535, found \(labels)")
            }
            return Set(known).sorted()
        }
        let neighbours = try members.optional(.connectivity, as: Int.self) ?? 8
        guard [4, 8].contains(neighbours) else { throw members.wrong(.connectivity, "expected 4 or 8, found \(neighbours)") }
        connectivity = neighbours == 4 ? .four : .eight
        areaMin = try members.number(.areaMin, in: .from(1)) ?? 1
        fillsHoles = try members.optional(.fillsHoles) ?? false
        let depth = try members.length(.splitDepth) ?? 1
        splitDepth = try members.optional(.splits) ?? false ? depth : nil
        drawing = OutlineDrawing(
            tolerance: try members.length(.simplify), smoothing: try members.number(.smooth, in: 0...8) ?? 0)
        isDetections = try members.optional(.detections) ?? false
        tile = try members.number(.tile, in: 1...8192)
        rules = try members.optional(.rules, as: LabelRulesWish.self)?.rules ?? .none
    }

    /// - Throws: `Refusal` for files that are not known; a usage error for outputs that cannot be.
    func request(_ files: WorkFiles) throws -> ObjectsRequest {
        var request = ObjectsRequest(labels: try files.image(labels), outputs: [])
        request.image = try image.map { try files.image($0) }
        request.probabilities = try probabilities.map { try files.image($0) }
        request.within = try within.map { try files.path($0) }
        request.outputs = try outputs.map { name in
            guard let known = format ?? ObjectsRequest.Format(ofPath: name) else {
                let endings = ObjectsRequest.Format.allCases.flatMap(\.endings).filter { $0 != "zarr" }.map { ".\($0)" }
                throw CoordinatorError(
                    .usage,
                    "outputs: expected a name that ends in \(endings.joined(separator: ", ")), found \"\(name.prefix(100))\"")
            }
            let path = try files.output(name, as: "outputs", endings: known == .instances ? known.endings : [])
            return ObjectsRequest.Output(path: path, format: known)
        }
        try files.check()
        (request.classes, request.connectivity, request.areaMin) = (classes, connectivity, areaMin)
        (request.fillsHoles, request.splitDepth) = (fillsHoles, splitDepth)
        (request.drawing, request.isDetections, request.tileSide) = (drawing, isDetections, tile)
        request.labelRules = rules
        return request
    }
}
