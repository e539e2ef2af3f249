internal import Jobs
internal import Primitives

/// What tabs look at, and what they are sent of it.
extension LiveSession {
    /// What a tab looks at now; its tiles follow.
    ///
    /// - Throws: `ImageError` for an image that cannot be read.
    package func setView(_ view: LiveView, of client: String, tab: String) async throws {
        // It is told again with each piece of a stroke.
        if view.serial != nil, views[Place(client: client, tab: tab)]?.view == view { return }
        let level = view.shownLevel
        let sources = sources
        let (source, full) = try await offload {
            (try sources.source(view.image, level: level), try sources.source(view.image, level: 0))
        }
        let tiles = view.tiles(
            width: source.width, height: source.height, fullWidth: full.width, fullHeight: full.height)
        let place = Place(client: client, tab: tab)
        // Requests may overtake each other, here and on their way.
        if let later = views[place]?.view.serial, let serial = view.serial, serial < later { return }
        var shown = ShownView(view, tiles, source, full: full, start: clock.now)
        if let former = views[place], former.view.maps == view.maps { shown.keep(former) }
        views[place] = shown
        // A preview of older labels is shown until there is a newer one.
        let isOld = (models[level]?.labelSequence ?? -1) < (models[0]?.labelSequence ?? 0)
        if level > 0, isOld, state.model != nil || state.isTraining { train() }
        serve(place)
        feed(level)
        refine()
    }

    package func removeView(of client: String, tab: String) { views[Place(client: client, tab: tab)] = nil }

    /// Sends what is there of a view.
    func serve(_ place: Place) {
        guard let shown = views[place], let model = models[shown.level] else { return }
        views[place]?.begin(pictureRevision(of: model), at: clock.now)
        let maps = maps(of: shown)
        for key in shown.tiles {
            if let tile = exactTile(key, with: shown.view.maps, beside: model) { send(tile, key, to: place) }
            guard views[place]?.lacks(key) == true else { continue }
            if let tile = cache.tile(key, with: maps), tile.revision == model.revision {
                // It may have been forgotten there before it leaves the cache.
                if !doubts.isFresh(key) { doubts.add(tile, of: .init(shown.source)) }
                send(tile, key, to: place)
            }
        }
        announceIfDone(place)
    }

    /// Previews are of the revision of the forest whose picture they stand for, once it is whole: whoever sees the picture needs to know one
    /// number only.
    func pictureRevision(of model: LiveModel) -> Int {
        guard model.isPreview, let whole = models[0], whole.isWhole, whole.labelSequence == model.labelSequence else {
            return model.revision
        }
        return whole.revision
    }

    /// Has previews follow a new forest of the full resolution.
    func renumberPreviews() {
        for (place, shown) in views {
            guard shown.level > 0, let model = models[shown.level], let revision = shown.revision,
                revision != pictureRevision(of: model)
            else { continue }
            views[place]?.restart(at: clock.now)
            serve(place)
            feed(shown.level)
        }
    }

    func send(_ tile: LiveTile, _ key: TileKey, to place: Place) {
        guard let shown = views[place], let revision = shown.revision else { return }
        let isRefined = key.level > 0 && tile.exactness == .exact
        guard shown.lacks(key) || isRefined && shown.tiles.contains(key) && !shown.exact.contains(key) else { return }
        views[place]?.send(key, isExact: isRefined)
        listeners[place.client]?.yield(.tile(tile.shown(as: revision), tab: place.tab))
    }

    /// Says that all tiles were sent: once, and of a far view again when its tiles are exact.
    func announceIfDone(_ place: Place) {
        guard let shown = views[place], shown.isComplete, let revision = shown.revision else { return }
        let isNew = shown.announcedExact.map { $0 < shown.exact.count && shown.isRefined } ?? true
        guard isNew else { return }
        views[place]?.announce()
        let share = shown.level > 0 ? shown.exactShare : models[0]?.isExact == true ? 1 : 0
        listeners[place.client]?.yield(
            .viewComplete(
                tab: place.tab, serial: shown.view.serial, revision: revision, tiles: shown.tiles.count,
                seconds: (clock.now - shown.start) / .seconds(1), exactShare: share))
        refine()
    }
}
