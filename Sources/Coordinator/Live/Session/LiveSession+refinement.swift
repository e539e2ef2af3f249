internal import Jobs
internal import Protocol
internal import Scheduling

/// Exact tiles of far views, which take the place of previews.
///
/// 1. At rest only, once the previews of a view are there: tiles of the full resolution are made with the forest of all labelled pixels, and
///    reduced (`ReducedTile`), those near the focus first. A tile is sent when all below it is done, never before.
/// 2. Of a view no more than `ShownView.refinedPixelsMax` pixels of the full resolution are computed; the rest stays a preview.
/// 3. A stroke, a newer forest or an earlier one ends it at once; a view that moves leaves out what it does not show any more.
/// 4. What is finished is kept, up to some memory, and tiles that are in the cache are not made again.
extension LiveSession {
    /// The forest that exact tiles of far views are made with; nil unless all is at rest.
    private var restingModel: LiveModel? {
        guard isAtRest, let model = models[0], model.isExact, model.labelSequence == state.labelSequence else { return nil }
        return model
    }

    /// An exact tile of a far view, if it is there and stands for the same labels as a preview.
    func exactTile(_ key: TileKey, with maps: Set<MapKind>, beside preview: LiveModel) -> LiveTile? {
        guard key.level > 0, let model = models[0], model.isExact, model.labelSequence == preview.labelSequence,
            let tile = refinement.finished.tile(key, with: maps), tile.revision == model.revision
        else { return nil }
        return tile
    }

    /// Has exact tiles of far views made, unless that is under way.
    func refine() {
        guard refining == nil, let model = restingModel, wantedExact() != nil else { return }
        refiningCount += 1
        let number = refiningCount
        refining = Task {
            do {
                try await Run.perform(on: surroundings.pool, priority: .normal, sharing: surroundings.folders) { run in
                    let feed = TileFeed(model: model, run: run) { try await self.nextBelow(model) }
                    try await feed.run { key, tile in try await self.takeBelow(tile, key, model) }
                }
            } catch is CancellationError {
            } catch {
                guard !Task.isCancelled else { return }
                tell(.trouble(CoordinatorError(classifying: error).description))
                try? await clock.sleep(for: Self.retryTime)
            }
            guard refiningCount == number, !Task.isCancelled else { return }
            // What was handed out and did not come is made again.
            refinement.removeAll()
            refining = nil
            // Views may have changed since the last tile was handed out.
            refine()
        }
    }

    /// Something is newer than what exact tiles are made of.
    func stopRefining() {
        isAtRest = false
        refining?.cancel()
        refining = nil
        refinement.removeAll()
    }

    /// The exact tile that is wanted most: the views take turns.
    private func wantedExact() -> (key: TileKey, shown: ShownView)? {
        let order = views.filter { $0.value.level > 0 && $0.value.isComplete }
            .sorted { ($0.value.exact.count, $0.key.tab) < ($1.value.exact.count, $1.key.tab) }
        for (_, shown) in order {
            if let key = shown.refinable.first(where: { !shown.exact.contains($0) && !refinement.isBegun($0) }) {
                return (key, shown)
            }
        }
        return nil
    }

    /// Views that want an exact tile.
    private func wanting(_ key: TileKey) -> [ShownView] {
        views.values.filter { $0.view.image == key.image && $0.refinable.contains(key) && !$0.exact.contains(key) }
    }

    // MARK: Tiles of the full resolution

    private struct Step: Sendable {
        let key: TileKey
        let source: LiveSource
        let maps: Set<MapKind>
        /// If it is in the cache.
        let tile: LiveTile?
    }

    private nonisolated func nextBelow(
        _ model: LiveModel
    ) async throws -> (key: TileKey, source: LiveSource, maps: Set<MapKind>)? {
        while let step = await nextStep(model) {
            guard let tile = step.tile else { return (step.key, step.source, step.maps) }
            try await takeBelow(tile, step.key, model)
        }
        return nil
    }

    private func nextStep(_ model: LiveModel) -> Step? {
        guard restingModel?.revision == model.revision else { return nil }
        refinement.keep { tile in
            wanting(tile.key).contains { $0.view.maps.isSubset(of: tile.maps) }
        }
        while true {
            if let (key, maps) = refinement.next() {
                guard let full = views.values.first(where: { $0.view.image == key.image })?.full else { continue }
                let cached = cache.tile(key, with: maps).flatMap { $0.revision == model.revision ? $0 : nil }
                return Step(key: key, source: full, maps: maps, tile: cached)
            }
            guard let (key, shown) = wantedExact() else { return nil }
            let maps = wanting(key).reduce(into: Set<MapKind>()) { $0.formUnion($1.view.maps) }
            refinement.begin(
                ReducedTile(
                    key, size: (shown.source.width, shown.source.height), full: (shown.full.width, shown.full.height), maps: maps,
                    classes: model.file.model.classes.map(\.label)))
        }
    }

    private nonisolated func takeBelow(_ tile: LiveTile, _ key: TileKey, _ model: LiveModel) async throws {
        for taker in await arrived(tile, key) {
            try await offload { taker.add(tile) }
            guard await added(key, to: taker) else { continue }
            let whole = try await offload { taker.tile(revision: model.revision) }
            await takeExact(whole, taker.key, model)
        }
    }

    private func arrived(_ tile: LiveTile, _ key: TileKey) -> [ReducedTile] { refinement.arrived(key, tile) }

    private func added(_ key: TileKey, to tile: ReducedTile) -> Bool { refinement.added(key, to: tile) }

    private func takeExact(_ tile: LiveTile, _ key: TileKey, _ model: LiveModel) {
        guard restingModel?.revision == model.revision else { return }
        refinement.finished.add(tile, as: key)
        for (place, shown) in views where shown.view.image == key.image && shown.level == key.level {
            guard let preview = models[shown.level], preview.labelSequence == model.labelSequence,
                shown.view.maps.isSubset(of: tile.maps.keys)
            else { continue }
            send(tile, key, to: place)
            announceIfDone(place)
        }
    }
}
