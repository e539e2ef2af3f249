internal import Coordinator
internal import Formats
internal import Foundation
internal import ImageTiles
internal import Imaging
internal import Primitives
internal import Projects
internal import Synchronization

/// The project's images as they are looked at: their tiles, and how far these are made.
///
/// Safe to use from any task.
final class ServedImages: Sendable {
    let service: TileService
    private let store: ProjectStore
    private let found = Lock<[String: ImageProblem]>([:])
    /// Folders below which images are looked for that are gone.
    private let folders: [String]
    /// Images that are to be looked at again.
    private let doubts = AsyncStream.makeStream(of: String.self)
    /// Ids of images by their content's keys.
    private let ids = Lock<[String: String]>([:])
    private let reports = AsyncStream.makeStream(of: TileReport.self, bufferingPolicy: .bufferingNewest(1024))

    /// - Parameters:
    ///   - cacheFolder: for levels that are made, and copies in tiles.
    ///   - folders: where images are looked for that are gone, besides the project's folder.
    init(_ store: ProjectStore, cacheFolder: String, folders: [String] = []) {
        (self.store, self.folders) = (store, folders.filter { $0 != store.folder })
        service = TileService(cacheFolder: cacheFolder) { [reports] in reports.continuation.yield($0) }
    }

    /// Ends what is made of levels.
    func stop() { service.stop() }

    /// What is wrong with images, by their ids.
    var problems: [String: ImageProblem] { found.withLock { $0 } }

    /// An image of the project.
    ///
    /// - Throws: `Refusal` for an id that is none's.
    func entry(_ id: String) throws(Refusal) -> ProjectImage {
        guard let image = store.state.image(id) else { throw .unknown("image", id) }
        return image
    }

    /// Where an image lies, for whoever reads it.
    func path(of image: ProjectImage) -> String { store.location(of: image) }

    /// An image as it is found in a file.
    ///
    /// - Throws: `ImageError` for a file that is none.
    func look(at path: String, as id: String, named name: String) async throws -> ProjectImage {
        let folder = store.folder
        return try await offloaded {
            let contents = try ImageFile.contents(path: path)
            // What lies in the project moves with it.
            let kept = path.hasPrefix(folder + "/") ? String(path.dropFirst(folder.utf8.count + 1)) : path
            var image = ProjectImage(
                id: id, path: kept, name: name.isEmpty ? FilePath(path).name : name, identity: try ImageIdentity.identify(path))
            (image.width, image.height) = (contents.levels[0].width, contents.levels[0].height)
            (image.channels, image.depth, image.times) = (contents.channels, contents.depth, contents.times)
            image.sampleType = try ImageFile.source(path: path).info.sampleType
            return image
        }
    }
}

// MARK: Tiles

extension ServedImages {
    /// What is known of an image's tiles; described again when the file has changed.
    ///
    /// - Throws: `Refusal` for an id that is none's; `TileError` when the image cannot be read.
    func tiled(_ id: String) async throws -> TiledImage {
        let image = try entry(id)
        do {
            let tiled = try await service.describe(path(of: image))
            ids.withLock { $0[tiled.contentKey] = id }
            // It is back, or can be read again.
            found.withLock { if [.missing, .unreadable].contains($0[id]?.kind) { $0[id] = nil } }
            return tiled
        } catch {
            let problem = ImageProblem(unreadable: CoordinatorError(classifying: error).description)
            // What became of it says more.
            found.withLock { $0[id] = $0[id] ?? problem }
            throw error
        }
    }

    /// The answer of `GET images/{id}`.
    func describe(_ id: String) async throws -> ImageDocument {
        let image = try entry(id)
        let tiled = try await tiled(id)
        let progress = service.progress(of: tiled)
        return ImageDocument(image, tiled, progress: progress, try? await service.histograms(of: tiled))
    }

    func histogram(of id: String, z: Int, t: Int) async throws -> HistogramDocument {
        HistogramDocument(try await service.histograms(of: try await tiled(id), z: z, t: t))
    }

    /// The values of a pixel, nil in the place of those that are no numbers; nil if it has no data.
    func values(of id: String, x: Int, y: Int, z: Int, t: Int) async throws -> [Double?]? {
        try await service.values(of: try await tiled(id), x: x, y: y, z: z, t: t)?.map { $0.isFinite ? $0 : nil }
    }

    /// Hands on how far levels are and what is wrong with them, and looks whether images are where they were, until the task is cancelled.
    func watch(_ hub: StreamHub) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                for image in self.store.state.allImages { self.tell(await self.verify(image.id), of: image.id, hub) }
                for await id in self.doubts.stream {
                    self.forget(id)
                    self.tell(await self.verify(id), of: id, hub)
                }
            }
            group.addTask { await self.handOn(to: hub) }
        }
    }

    /// Has an image looked at again: somebody has said which file it is.
    func relinked(_ id: String) { doubts.continuation.yield(id) }

    private func tell(_ problem: ImageProblem?, of id: String, _ hub: StreamHub) {
        let message = ImageMessage(image: id, problem: problem?.text)
        hub.say(message, about: .progress(type: message.type, id: id))
    }

    /// Forgets what was found of an image's file since it was linked, which was another file perhaps.
    func forget(_ id: String) {
        guard let image = store.state.image(id), let identity = image.identity else { return }
        try? store.record(identity, of: image)
    }

    private func handOn(to hub: StreamHub) async {
        for await report in reports.stream {
            switch report {
            case .progress(let key, _, let progress):
                guard let id = ids.withLock({ $0[key] }) else { continue }
                let message = LevelProgressMessage(image: id, progress: progress)
                hub.say(message, about: .progress(type: message.type, id: id))
            case .message(let text): hub.say(event: TroubleMessage(message: text))
            }
        }
    }

    /// Finds an image if it has moved, and remembers what is wrong with it.
    ///
    /// - Returns: the same; nil if nothing is, or there is no such image.
    @discardableResult
    func verify(_ id: String) async -> ImageProblem? {
        guard let image = store.state.image(id) else { return nil }
        let (store, places) = (store, [store.folder] + folders)
        let check = try? await offloaded { try store.verify(image, below: places) }
        if case .ok(let identity)? = check { try? store.record(identity, of: image) }
        let problem = check.map(ImageProblem.init) ?? ImageProblem(unreadable: "the file cannot be looked at")
        found.withLock { $0[id] = problem }
        return problem
    }
}

/// An image as a page needs it.
struct ImageDocument: Encodable, Sendable {
    struct Level: Encodable, Sendable {
        var width: Int
        var height: Int
    }

    var id: String
    var name: String
    var path: String
    var width: Int
    var height: Int
    var channels: Int
    var sampleType: String
    var depth: Int
    var times: Int
    var micronsPerPixel: Double?
    var channelNames: [String]?
    var channelColours: [String]?
    var levels: [Level]
    var contentKey: String
    var isReady: Bool
    /// Of what tiles are made from, 0…1.
    var progress: Double
    /// What contrast is shown by itself: lowest and highest value of each channel.
    var histogramRange: [[Double]]?
    var notes: [String]

    init(_ image: ProjectImage, _ tiled: TiledImage, progress: Double, _ histograms: [TileHistogram]?) {
        (id, name, path) = (image.id, image.name, image.path)
        (width, height, channels) = (tiled.info.width, tiled.info.height, tiled.info.channels)
        (sampleType, depth, times) = (tiled.info.sampleType.rawValue, tiled.depth, tiled.times)
        micronsPerPixel = tiled.micronsPerPixel
        channelNames = tiled.channelNames.isEmpty ? nil : tiled.channelNames
        channelColours = tiled.channelColours.isEmpty ? nil : tiled.channelColours.map(\.hex)
        levels = tiled.levels.map { Level(width: $0.width, height: $0.height) }
        (contentKey, isReady, self.progress) = (tiled.contentKey, progress >= 1, progress)
        histogramRange = histograms?.map { [$0.low, $0.high] }
        notes = tiled.notes.map(\.text)
    }
}

/// How often values occur in a plane.
struct HistogramDocument: Encodable, Sendable {
    struct Channel: Encodable, Sendable {
        var min: Double
        var max: Double
        var low: Double
        var high: Double
        /// Count `i` is of values from `start + i * step` on.
        var start: Double
        var step: Double
        var counts: [Int]
    }

    var channels: [Channel]

    init(_ histograms: [TileHistogram]) {
        channels = histograms.map {
            Channel(
                min: $0.min, max: $0.max, low: $0.low, high: $0.high, start: $0.start, step: $0.step, counts: $0.counts)
        }
    }
}
