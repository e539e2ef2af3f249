internal import Compression
internal import Coordinator
internal import Foundation
internal import Imaging
internal import Jobs
internal import Primitives
internal import Protocol
internal import Scheduling
internal import Synchronization

/// Views of earlier models, beside those of the newest: made by themselves, once, when somebody asks to compare.
///
/// Near views are made with the model itself, and exact; far ones are previews, by the same rule as those of the newest model.
///
/// Safe to use from any task.
final class ComparedViews: Sendable {
    /// Of a tab that listens to a stream.
    struct Place: Hashable {
        let stream: String
        let tab: String
    }

    /// What is compared.
    struct View: Sendable {
        let document: ViewDocument
        /// What of the image is seen, in which resolution.
        let live: LiveView
        let model: ModelFile
        let revision: Int
        /// What the model was trained on.
        let labels: @Sendable () async throws -> LiveLabels
    }

    /// Larger parts in full resolution take longer than anybody compares.
    static let pixelsMax = 8 << 20

    private let pool: WorkerPool
    private let sharing: SharedFolders
    private let previews: EarlierPreviews
    private let tasks = Lock<[Place: Task<Void, Never>]>([:])

    init(on pool: WorkerPool, sharing: SharedFolders, _ pixels: any LivePixels) {
        (self.pool, self.sharing) = (pool, sharing)
        previews = EarlierPreviews(pixels)
    }

    /// Makes the tiles of a view, in the place of the one before.
    func show(_ view: View, at place: Place, tell: @escaping @Sendable (LiveSignal) -> Void) {
        // Ends by itself, or when another view takes its place.
        let task = Task { await self.make(view, tab: place.tab, tell) }
        tasks.withLock { $0.updateValue(task, forKey: place) }?.cancel()
    }

    func remove(_ place: Place) { tasks.withLock { $0.removeValue(forKey: place) }?.cancel() }

    func remove(stream: String) {
        let ended = tasks.withLock { tasks in
            let own = tasks.filter { $0.key.stream == stream }
            for place in own.keys { tasks[place] = nil }
            return Array(own.values)
        }
        for task in ended { task.cancel() }
    }

    private func make(_ view: View, tab: String, _ tell: @escaping @Sendable (LiveSignal) -> Void) async {
        let start = ContinuousClock.now
        do {
            let isFar = view.live.shownLevel > 0
            guard let tiles = try await isFar ? preview(view, tab: tab, tell) : segment(view, tab: tab, tell) else {
                return tell(.trouble("zoom in to compare with an earlier model"))
            }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let complete = ViewCompleteDocument(
                tab: tab, serial: view.document.serial, revision: view.revision, isComplete: true, tiles: tiles, seconds: seconds,
                share: isFar ? 0 : 1)
            tell(.viewComplete(complete))
        } catch is CancellationError {
        } catch {
            if !Task.isCancelled { tell(.trouble(CoordinatorError(classifying: error).description)) }
        }
    }

    /// Makes the tiles of the full resolution; gives their count, nil if they are too many.
    private func segment(
        _ view: View, tab: String, _ tell: @escaping @Sendable (LiveSignal) -> Void
    ) async throws -> Int? {
        let live = view.live
        guard live.rect.area <= Self.pixelsMax else { return nil }
        let maps = view.document.kinds.compactMap(MapKind.init(rawValue:)).filter { !$0.content.elements.isEmpty }
        let request = ViewRequest(
            image: live.image.pixels, part: live.rect, maps: maps.isEmpty ? [.labels] : maps, focus: live.focus)
        let count = Lock(0)
        try await Run.perform(on: pool, priority: .interactive, sharing: sharing) { run in
            try await run.segment(request, with: view.model) { tile in
                count.withLock { $0 += 1 }
                for signal in Self.signals(of: tile, view, tab: tab) { tell(signal) }
            }
        }
        return count.withLock { $0 }
    }

    /// Makes the tiles of a preview; gives their count.
    private func preview(_ view: View, tab: String, _ tell: @escaping @Sendable (LiveSignal) -> Void) async throws -> Int? {
        try await previews.show(view.live, ofModel: view.revision, on: pool, sharing: sharing, labels: view.labels) { tile in
            for signal in LiveSignal.tiles(tile, tab: tab, revision: view.revision) { tell(signal) }
        }
    }

    private static func signals(of tile: ViewTile, _ view: View, tab: String) -> [LiveSignal] {
        let side = AnnotatorResponder.tileSide
        let labels = view.model.model.classes.map(\.label)
        return tile.maps.sorted { $0.key.rawValue < $1.key.rawValue }.map { kind, array in
            let bytes: [UInt8] =
                kind == .labels
                ? array.elements(as: UInt8.self).map { Int($0) < labels.count ? UInt8(clamping: labels[Int($0)]) : 0 }
                : array.elements(as: UInt16.self).map { UInt8((Int($0) * 255 + 32767) / 65535) }
            let packed = try? Zlib.compress(bytes)
            let document = TileDocument(
                tab: tab, image: view.document.image, z: view.document.z, t: view.document.t, level: 0,
                column: tile.core.x / side, row: tile.core.y / side, kind: kind.rawValue, revision: view.revision,
                exactness: "exact", width: tile.core.width, height: tile.core.height,
                encoding: packed == nil ? "none" : "deflate", classes: kind == .probabilities ? labels : nil)
            return .tile(document, Data(packed ?? bytes))
        }
    }
}
