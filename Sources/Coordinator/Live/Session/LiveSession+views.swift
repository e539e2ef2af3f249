internal import Primitives

/// What tabs look at, and what they are sent of it.
extension LiveSession {
    /// What a tab looks at now; its tiles follow.
    ///
    /// - Throws: `ImageError` for an image that cannot be read.
    package func setView(_ view: LiveView, of client: String, tab: String) async throws {
        let level = view.shownLevel
        let sources = sources
        let (source, full) = try await offload {
            (try sources.source(view.image, level: level), try sources.source(view.image, level: 0))
        }
        let tiles = view.tiles(
            width: source.width, height: source.height, fullWidth: full.width, fullHeight: full.height)
        let place = Place(client: client, tab: tab)
        let held = views[place].map { $0.view.maps == view.maps ? $0.sent : [] } ?? []
        views[place] = ShownView(view, tiles, source, start: clock.now)
        views[place]?.keep(held)
        if models[level] == nil, level > 0, state.model != nil || state.isTraining { train() }
        serve(place)
        feed(level)
    }

    package func removeView(of client: String, tab: String) { views[Place(client: client, tab: tab)] = nil }

    /// The `n`-th of the places where the forest knows least, unlike those before, of what is on a screen.
    ///
    /// - Returns: column and row in the full resolution, and the uncertainty, 0…1; nil where none is known.
    package func doubtfulPlace(_ n: Int, in image: LiveImage) async -> (x: Int, y: Int, uncertainty: Double)? {
        wantsDoubtsUntil = clock.now + .seconds(60)
        for (place, shown) in views where shown.view.image == image {
            views[place]?.restart(at: clock.now)
            serve(place)
            issued[shown.level] = []
            feed(shown.level)
        }
        let deadline = clock.now + .seconds(3)
        while clock.now < deadline, views.values.contains(where: { $0.view.image == image && !$0.isComplete }) {
            try? await Task.sleep(for: .milliseconds(20))
        }
        return doubts.place(n, in: image)
    }

    /// Sends what is there of a view.
    func serve(_ place: Place) {
        guard let shown = views[place], let model = models[shown.level] else { return }
        views[place]?.begin(model.revision, at: clock.now)
        let maps = maps(of: shown)
        for key in shown.tiles where views[place]?.lacks(key) == true {
            if let tile = cache.tile(key, with: maps), tile.revision == model.revision { send(tile, key, to: place) }
        }
        completeIfDone(place)
    }

    func send(_ tile: LiveTile, _ key: TileKey, to place: Place) {
        guard views[place]?.lacks(key) == true else { return }
        views[place]?.sent.insert(key)
        listeners[place.client]?.yield(.tile(tile, tab: place.tab))
    }

    func completeIfDone(_ place: Place) {
        guard let shown = views[place], shown.isComplete, !shown.wasAnnounced, let revision = shown.revision else { return }
        views[place]?.wasAnnounced = true
        listeners[place.client]?.yield(
            .viewComplete(
                tab: place.tab, revision: revision, tiles: shown.tiles.count,
                seconds: (clock.now - shown.start) / .seconds(1), exactShare: models[shown.level]?.isExact == true ? 1 : 0))
    }
}
