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
        let image: ImageInput
        let part: PixelRect
        let model: ModelFile
        let revision: Int
    }

    /// Larger parts take longer than anybody compares.
    static let pixelsMax = 8 << 20

    private let pool: WorkerPool
    private let sharing: SharedFolders
    private let tasks = Lock<[Place: Task<Void, Never>]>([:])

    init(on pool: WorkerPool, sharing: SharedFolders) { (self.pool, self.sharing) = (pool, sharing) }

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
        let maps = view.document.kinds.compactMap(MapKind.init(rawValue:)).filter { !$0.content.elements.isEmpty }
        guard view.part.area <= Self.pixelsMax else { return tell(.trouble("zoom in to compare with an earlier model")) }
        let focus = view.document.focus.map { $0.map { Int($0) } }
        let request = ViewRequest(image: view.image, part: view.part, maps: maps.isEmpty ? [.labels] : maps, focus: focus)
        let count = Lock(0)
        do {
            try await Run.perform(on: pool, priority: .interactive, sharing: sharing) { run in
                try await run.segment(request, with: view.model) { tile in
                    count.withLock { $0 += 1 }
                    for signal in Self.signals(of: tile, view, tab: tab) { tell(signal) }
                }
            }
            let tiles = count.withLock { $0 }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            tell(
                .viewComplete(
                    ViewCompleteDocument(
                        tab: tab, serial: view.document.serial, revision: view.revision, isComplete: true, tiles: tiles,
                        seconds: seconds, share: 1)))
        } catch is CancellationError {
        } catch {
            if !Task.isCancelled { tell(.trouble(CoordinatorError(classifying: error).description)) }
        }
    }

    private static func signals(of tile: ViewTile, _ view: View, tab: String) -> [LiveSignal] {
        let side = AnnotatorResponder.tileSide
        let labels = view.model.model.classes.map(\.label)
        return tile.maps.sorted { $0.key.rawValue < $1.key.rawValue }.map { kind, array in
            let bytes: [UInt8] =
                kind == .labels
                ? array.bytes.map { Int($0) < labels.count ? UInt8(clamping: labels[Int($0)]) : 0 }
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
