internal import Jobs

/// The view of a tab, and what it has of it.
struct ShownView {
    let view: LiveView
    /// Those near the focus first.
    let tiles: [TileKey]
    /// The plane in the resolution whose tiles are shown.
    let source: LiveSource
    private let all: Set<TileKey>
    /// Tiles of the newest forest that were sent.
    var sent: Set<TileKey> = []
    /// Of the forest whose tiles it gets; nil before the first.
    private(set) var revision: Int?
    private(set) var start: ContinuousClock.Instant
    /// Whether it was said that all tiles were sent.
    var wasAnnounced = false

    init(_ view: LiveView, _ tiles: [TileKey], _ source: LiveSource, start: ContinuousClock.Instant) {
        (self.view, self.tiles, self.source, self.start) = (view, tiles, source, start)
        all = Set(tiles)
    }

    var level: Int { view.shownLevel }
    var isComplete: Bool { revision != nil && sent.count == all.count }

    /// Whether a tile belongs to the view and was not sent.
    func lacks(_ key: TileKey) -> Bool { all.contains(key) && !sent.contains(key) }

    /// Takes over tiles that were sent before the view moved.
    mutating func keep(_ keys: Set<TileKey>) { sent = keys.intersection(all) }

    /// Nothing was sent: another forest is shown, or more is wanted.
    mutating func restart(at now: ContinuousClock.Instant) { (sent, revision, start, wasAnnounced) = ([], nil, now, false) }

    mutating func begin(_ revision: Int, at now: ContinuousClock.Instant) {
        if self.revision != revision { (self.revision, wasAnnounced) = (revision, false) }
    }
}
