internal import Coordinator
internal import Formats
internal import Foundation
internal import Imaging
internal import Jobs
internal import Objects

/// What a page asks of a run: which images, and what is made of them. It is kept beside the run, which goes on with it at the next start.
struct RunOrder: Codable, Sendable {
    /// Files of the maps.
    enum Format: String, Codable, Sendable, CaseIterable {
        case png, tif, zarr, npy

        /// The ending of a map's file: a format that does not hold it is one that all hold. Labels beside arrays are an image, which
        /// holds stacks, and says how large its pixels are.
        func ending(of kind: MapKind) -> String {
            kind.endings.contains(rawValue) && (self != .npy || kind.content.isShares) ? rawValue : "tif"
        }
    }

    struct Image: Codable, Hashable, Sendable {
        /// The project's image; nil for a file of a folder.
        var id: String?
        var path: String
        /// Of files, unlike those of the others.
        var name: String
        /// Planes of the file.
        var pages: Int
    }

    /// What is measured of the objects of each image.
    struct Objects: Codable, Hashable, Sendable {
        var formats: [ObjectsRequest.Format]
        /// Labels of the classes; nil for all but the background.
        var classes: [UInt16]?
        var areaMin: Int?
        var splits: Bool?
        var fillsHoles: Bool?
    }

    var id: String
    /// `segment`.
    var kind: String
    var images: [Image]
    var maps: [MapKind]
    var format: Format
    var objects: Objects?
    /// Whether the areas of classes are written as a table.
    var areas: Bool
    var person: String
    /// When it was ordered: ISO 8601, UTC.
    var time: String
    /// The model it is done with; nil for one that was trained for it.
    var revision: Int?
    /// When the model was trained: ISO 8601, UTC; nil in orders of earlier programs.
    var modelTime: String?
    /// What is done with what the forest says; nil for nothing.
    var cleaning: ResultCleaning?

    /// What is asked of the coordinator, with the maps in a folder.
    func request(in folder: String) -> SegmentationRequest {
        SegmentationRequest(works(in: folder), cleaning: cleaning ?? ResultCleaning())
    }

    // MARK: Files

    /// The maps of each image, in a folder.
    func works(in folder: String) -> [ImageSegmentation.Work] {
        images.flatMap { image -> [ImageSegmentation.Work] in
            let digits = image.pages > 1 ? String(image.pages - 1).count : nil
            let inputs = (0..<image.pages).map { page in
                ImageInput(path: image.path, selection: .init(page: page), choosesPage: image.pages > 1, pageDigits: digits)
            }
            let isStack = image.pages > 1 && kinds.allSatisfy { format.ending(of: $0) != "png" }
            let works = try? ImageSegmentation.Work.works(of: inputs, option: { $0.rawValue }) { input in
                let page = image.pages > 1 && !isStack ? "-" + Self.padded(input.selection.page, digits ?? 1) : ""
                return MapOutputs(uniqueKeysWithValues: kinds.map { ($0, path(of: $0, image.name + page, in: folder)) })
            }
            return works ?? []
        }
    }

    /// Labels are made always.
    private var kinds: [MapKind] { MapKind.allCases.filter { $0 == .labels || maps.contains($0) } }

    private func path(of kind: MapKind, _ name: String, in folder: String) -> String {
        FilePath.join(folder, "\(name)-\(kind.rawValue).\(format.ending(of: kind))")
    }

    private static func padded(_ number: Int, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// What is asked of the objects of a label image.
    func objectsRequest(of labels: String, image: ImageInput) -> ObjectsRequest? {
        guard let objects else { return nil }
        let stem = String(labels.dropLast(FilePath(labels).ending.count + 1))
        let outputs = objects.formats.map { format in
            let ending = format == .instances ? "tif" : format.endings[0]
            let suffix = format == .instances ? "instances" : "objects"
            return ObjectsRequest.Output(path: "\(stem)-\(suffix).\(format == .coco ? "coco.json" : ending)", format: format)
        }
        var request = ObjectsRequest(labels: ImageInput(path: labels), outputs: outputs)
        request.image = image
        request.classes = objects.classes
        request.areaMin = objects.areaMin ?? 1
        request.fillsHoles = objects.fillsHoles ?? false
        if objects.splits == true { request.splitDepth = 1 }
        return request
    }
}

/// How a run ended.
struct RunEnd: Codable, Sendable {
    enum State: String, Codable, Sendable {
        case done, failed, cancelled
    }

    var state: State
    var message: String?
    var time: String
}
