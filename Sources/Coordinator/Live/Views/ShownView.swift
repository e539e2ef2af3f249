internal import Jobs

/// The view of a tab, and what it has of it.
struct ShownView {
    let view: LiveView
    /// Those near the focus first.
    let tiles: [TileKey]
    /// The plane in the resolution whose tiles are shown.
    let source: LiveSource
    /// The plane in the full resolution.
    let full: LiveSource
    /// Of a far view: tiles that are made exact, those near the focus first.
    let refinable: ArraySlice<TileKey>
    private let all: Set<TileKey>
    /// Tiles of the newest forest that were sent.
    private(set) var sent: Set<TileKey> = []
    /// Tiles of a far view that were sent as exact ones.
    private(set) var exact: Set<TileKey> = []
    /// Of the forest whose tiles it gets; nil before the first.
    private(set) var revision: Int?
    private(set) var start: ContinuousClock.Instant
    /// Whether it was said that all tiles were sent, and with how many exact ones.
    private(set) var announcedExact: Int?

    /// Pixels of the full resolution that are computed for the exact tiles of a far view, at most: half a minute of two cores. What lies
    /// farther from the focus stays a preview.
    static let refinedPixelsMax = 1 << 28

    init(_ view: LiveView, _ tiles: [TileKey], _ source: LiveSource, full: LiveSource, start: ContinuousClock.Instant) {
        (self.view, self.tiles, self.source, self.full, self.start) = (view, tiles, source, full, start)
        all = Set(tiles)
        var left = view.shownLevel == 0 ? 0 : Self.refinedPixelsMax
        refinable = tiles.prefix { key in
            left -= ReducedTile.cost(of: key, size: (source.width, source.height), full: (full.width, full.height))
            return left >= 0
        }
    }

    var level: Int { view.shownLevel }
    var isComplete: Bool { revision != nil && sent.count == all.count }

    /// Whether a tile belongs to the view and was not sent.
    func lacks(_ key: TileKey) -> Bool { all.contains(key) && !sent.contains(key) }

    /// Whether all tiles that are made exact were sent as such.
    var isRefined: Bool { exact.count >= refinable.count }

    /// The exact share of the tiles of a far view.
    var exactShare: Double { all.isEmpty ? 0 : Double(exact.count) / Double(all.count) }

    mutating func send(_ key: TileKey, isExact: Bool = false) {
        sent.insert(key)
        if isExact { exact.insert(key) }
    }

    mutating func announce() { announcedExact = exact.count }

    /// Takes over what was sent before the view moved.
    mutating func keep(_ former: ShownView) {
        (sent, exact) = (former.sent.intersection(all), former.exact.intersection(all))
    }

    /// Nothing was sent: another forest is shown, or more is wanted.
    mutating func restart(at now: ContinuousClock.Instant) {
        (sent, exact, revision, start, announcedExact) = ([], [], nil, now, nil)
    }

    mutating func begin(_ revision: Int, at now: ContinuousClock.Instant) {
        if self.revision != revision { (self.revision, announcedExact) = (revision, nil) }
    }
}
