internal import Forest
internal import Foundation
internal import Jobs
internal import Primitives
internal import Protocol
internal import Scheduling
internal import Synchronization

/// Far views of earlier models: previews, as those of the newest one are, by a forest that is trained on the resolution of the screen and on
/// what was labelled when the model was trained.
///
/// Safe to use from any task.
package final class EarlierPreviews: Sendable {
    private struct Key: Hashable {
        let revision: Int
        let level: Int
    }

    private let sources: LiveSources
    /// Those that were shown last, the last one last.
    private let models = Lock<[(key: Key, model: LiveModel)]>([])

    private static let keptMax = 8

    package init(_ pixels: any LivePixels) { sources = LiveSources(pixels) }

    /// Makes the tiles of a view whose resolution is not the full one, those near its focus first.
    ///
    /// - Parameters:
    ///   - revision: of the earlier model; names it.
    ///   - labels: what it was trained on.
    /// - Returns: how many there are.
    /// - Throws: bad input for labels that no forest can learn from; `ImageError` for images that cannot be read.
    package func show(
        _ view: LiveView, ofModel revision: Int, on pool: WorkerPool, sharing folders: SharedFolders,
        labels: @escaping @Sendable () async throws -> LiveLabels,
        deliver: @escaping @Sendable (LiveTile) async throws -> Void
    ) async throws -> Int {
        let level = view.shownLevel
        precondition(level > 0, "views in full resolution are made with the model itself")
        let sources = sources
        let (source, full) = try await offload {
            (try sources.source(view.image, level: level), try sources.source(view.image, level: 0))
        }
        let tiles = view.tiles(
            width: source.width, height: source.height, fullWidth: full.width, fullHeight: full.height)
        let left = Lock(tiles[...])
        let maps = view.maps.union([.labels])
        try await Run.perform(on: pool, priority: .interactive, sharing: folders) { run in
            let model = try await self.model(Key(revision: revision, level: level), in: run, labels)
            let feed = TileFeed(model: model, run: run) { left.withLock { $0.popFirst() }.map { ($0, source, maps) } }
            try await feed.run { _, tile in try await deliver(tile) }
        }
        return tiles.count
    }

    private func model(
        _ key: Key, in run: Run, _ labels: @Sendable () async throws -> LiveLabels
    ) async throws -> LiveModel {
        if let known = models.withLock({ $0.last { $0.key == key }?.model }) { return known }
        let labels = try await labels()
        let trained = try await LiveTrainer(level: key.level, sources).train(labels, in: run) { _ in }
        let file = try await offload {
            let bytes = try trained.model.encoded()
            return ModelFile(model: trained.model, bytes: bytes, hash: ContentHash(of: bytes))
        }
        let trees = file.model.forest.trees.count
        let model = LiveModel(
            revision: key.revision, labelSequence: labels.sequence, level: key.level, file: file, trees: trees, treesTotal: trees,
            samples: trained.samples, labelledPixels: trained.countOfLabel.values.reduce(0, +),
            countOfLabel: trained.countOfLabel, seconds: 0, isRestored: true)
        models.withLock { models in
            models.append((key, model))
            if models.count > Self.keptMax { models.removeFirst() }
        }
        return model
    }
}
