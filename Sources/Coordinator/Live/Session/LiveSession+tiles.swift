internal import Jobs
internal import Scheduling

/// Tiles of what is on the screens, made one after the other with the forest that is shown.
extension LiveSession {
    /// After an error tiles are asked for again.
    static let retryTime = Duration.seconds(2)
    /// Tiles of a view that the first trees of a forest make before the others are grown: what lies near the stroke is seen soon, and workers
    /// are free for the trees, by which all tiles are made again.
    static let earlyTilesMax = 4
    /// After this time the first trees make the other tiles, too: the forest takes long.
    static let earlyTime = Duration.milliseconds(400)

    /// Has tiles of a resolution made, unless that is under way.
    func feed(_ level: Int) {
        guard let model = models[level], feeds[level] == nil, wanted(level) != nil else { return }
        let task = Task {
            do {
                try await Run.perform(
                    on: surroundings.pool, priority: .interactive, sharing: surroundings.folders
                ) { run in
                    let feed = TileFeed(model: model, run: run) { await self.nextTile(level, model.revision) }
                    try await feed.run { key, tile in await self.take(tile, key) }
                }
            } catch is CancellationError {
            } catch {
                guard !Task.isCancelled else { return }
                tell(.trouble(CoordinatorError(classifying: error).description))
                try? await clock.sleep(for: Self.retryTime)
                // What was handed out did not come.
                if models[level]?.revision == model.revision { issued[level] = [] }
            }
            ended(level, model.revision)
        }
        feeds[level] = (model.revision, task)
    }

    func ended(_ level: Int, _ revision: Int) {
        guard let feed = feeds[level], feed.revision == revision else { return }
        feeds[level] = nil
        // Views may have changed since the last tile was handed out.
        self.feed(level)
    }

    /// The tile of a resolution that is wanted most: the views take turns.
    func wanted(_ level: Int) -> (key: TileKey, source: LiveSource, maps: Set<MapKind>)? {
        let done = issued[level] ?? []
        let isHeldBack = holdsBackTiles(level)
        let order = views.filter { $0.value.level == level }
            .sorted { ($0.value.sent.count, $0.key.tab) < ($1.value.sent.count, $1.key.tab) }
        for (_, shown) in order {
            if isHeldBack, shown.tiles.count(where: { !shown.lacks($0) || done.contains($0) }) >= Self.earlyTilesMax { continue }
            guard let key = shown.tiles.first(where: { shown.lacks($0) && !done.contains($0) }) else { continue }
            let maps = views.values.filter { $0.view.image == key.image && $0.level == level }
                .reduce(into: Set<MapKind>()) { $0.formUnion(self.maps(of: $1)) }
            return (key, shown.source, maps)
        }
        return nil
    }

    /// Whether only the first tiles of each view are made now, since the rest of the forest is about to come.
    private func holdsBackTiles(_ level: Int) -> Bool {
        guard let model = models[level], !model.isWhole, training != nil, let shownAt = earlyShownAt[level] else { return false }
        return clock.now < shownAt + Self.earlyTime
    }

    /// Has the other tiles of a forest's first trees made, unless the rest is grown soon.
    func feedLater(_ model: LiveModel) {
        earlyShownAt[model.level] = clock.now
        Task { [clock] in
            try? await clock.sleep(for: Self.earlyTime)
            if models[model.level]?.revision == model.revision { feed(model.level) }
        }
    }

    /// The maps that are made for a view.
    func maps(of shown: ShownView) -> Set<MapKind> {
        wantsDoubtsUntil.map { clock.now < $0 } == true ? shown.view.maps.union([.uncertainty]) : shown.view.maps
    }

    func nextTile(_ level: Int, _ revision: Int) -> (key: TileKey, source: LiveSource, maps: Set<MapKind>)? {
        guard models[level]?.revision == revision, let next = wanted(level) else { return nil }
        issued[level, default: []].insert(next.key)
        return next
    }

    func take(_ tile: LiveTile, _ key: TileKey) {
        guard models[key.level]?.revision == tile.revision else { return }
        // It is in the cache now; once it has left that, it may be wanted again.
        issued[key.level]?.remove(key)
        cache.add(tile, as: key)
        if let source = views.values.first(where: { $0.view.image == key.image && $0.level == key.level })?.source {
            doubts.add(tile, of: .init(source))
        }
        for (place, shown) in views where shown.view.image == key.image && shown.level == key.level {
            // Otherwise more is wanted since it was begun.
            guard maps(of: shown).isSubset(of: tile.maps.keys) else { continue }
            send(tile, key, to: place)
            announceIfDone(place)
        }
    }
}
