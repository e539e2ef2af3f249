internal import Imaging
internal import Primitives
internal import Synchronization

/// The tiles of one plane of an image. Safe to use from any thread; all methods block.
///
/// 1. A tile of a stored level is read.
/// 2. A tile of another level is made from the up to four tiles under it (`PixelBuffer.halved`), and those likewise, down to the nearest
///    stored level. Where none of the chunks under a tile is stored, one pixel tells all of it.
/// 3. Up to three levels above a stored one, that is done on the spot: at most 64 tiles are read. Further up, tiles are made from *units*: the
///    tiles four levels above the stored one, 4096 pixels a side. As long as one of them is missing, there is no tile: units are made
///    in the background, those first that were asked for last (`OverviewBuilds`).
/// 4. Units and what lies above are kept on disk, and of the levels below those that take no more than half of the cache. A unit that cannot
///    be kept there stays in memory: 1/256 of the plane.
final class TiledPlane: Sendable {
    let image: TiledImage
    let page: Int
    private let levels: [TiledImage.Level]
    /// `[level]`: nil for one that is made.
    private let readers: [PlaneReaders?]
    private let cache: TileCache
    private let units: Lock<OverviewUnits>
    /// Held while a tile is made, by the hash of its place: who asks for the same tile waits for it.
    private let makers: [Maker]

    private final class Maker: Sendable {
        let lock = Lock(0)
    }

    /// Levels between a stored one and its units.
    static let unitDepth = 4
    /// Chunks that are looked for at once, to see whether a tile is empty.
    private static let soughtChunksMax = 256
    private static let makerCount = 64
    /// How long a tile may wait for units to be made on the spot.
    private static let patience = Duration.milliseconds(150)

    /// - Parameters:
    ///   - levels: of the image, or of what it is read from.
    ///   - readers: `[level]`, of those that are stored.
    init(_ image: TiledImage, page: Int, levels: [TiledImage.Level], readers: [PlaneReaders?], cache: TileCache) {
        (self.image, self.page, self.levels, self.readers, self.cache) = (image, page, levels, readers, cache)
        makers = (0..<Self.makerCount).map { _ in Maker() }
        let bases = Set(
            levels.indices.compactMap { level -> Int? in
                guard case .made(let base) = levels[level].origin, level - base == Self.unitDepth else { return nil }
                return base
            })
        let all = bases.sorted().flatMap { base -> [TilePlace] in
            let level = base + Self.unitDepth
            let (columns, rows) = Self.tileCounts(levels[level])
            return (0..<columns * rows).map { TilePlace(level: level, column: $0 % columns, row: $0 / columns) }
        }
        let missing = all.filter { !cache.holds(TileKey(content: image.contentKey, page: page, place: $0)) }
        units = Lock(OverviewUnits(all: all, missing: missing))
    }

    /// The share of the units that are made: 0…1.
    var progress: Double { units.withLock { $0.progress } }

    /// The part of a level that a tile shows.
    ///
    /// - Throws: `TileError.outside`.
    func rect(of place: TilePlace) throws(TileError) -> PixelRect {
        guard levels.indices.contains(place.level) else {
            throw .outside("expected a level from 0 to \(levels.count - 1), found level \(place.level)")
        }
        let (columns, rows) = Self.tileCounts(levels[place.level])
        guard (0..<columns).contains(place.column), (0..<rows).contains(place.row) else {
            throw .outside(
                "expected one of \(columns)×\(rows) tiles of level \(place.level), found column \(place.column), row \(place.row)"
            )
        }
        return clipped(place)
    }

    /// A tile.
    ///
    /// - Throws: `TileError`: `notReady` as long as units are missing; then somebody must make them (`makeUnit`).
    func tile(_ place: TilePlace) throws(TileError) -> Tile {
        _ = try rect(of: place)
        let key = key(place)
        if let held = cache.tile(key) { return held }
        try prepare(place)
        return try makers[abs(place.hashValue % Self.makerCount)].lock.withLock { (_) throws(TileError) in
            if let held = cache.tile(key) { return held }
            let tile = try make(place, isAsked: true)
            cache.insert(tile, key)
            return tile
        }
    }

    /// Makes a unit, the one that is most wanted; false if none is missing that is not being made.
    func makeUnit() -> Bool {
        guard let unit = units.withLock({ $0.claim() }) else { return false }
        make(unit: unit)
        return true
    }

    /// Whether units are missing.
    var isIncomplete: Bool { units.withLock { !$0.missing.isEmpty } }

    // MARK: Units

    /// Returns if all units under a tile are there; makes them if that takes no time to speak of.
    private func prepare(_ place: TilePlace) throws(TileError) {
        guard case .made(let base) = levels[place.level].origin, place.level - base >= Self.unitDepth else { return }
        let under = unitsUnder(place, base: base)
        let start = ContinuousClock.now
        while true {
            let absent = units.withLock { units in under.filter { units.pinned[$0] == nil && !cache.holds(key($0)) } }
            if absent.isEmpty { return }
            if let failure = units.withLock({ $0.failure(outOf: absent) }) { throw failure }
            let claimed = units.withLock { units in
                units.want(absent)
                return ContinuousClock.now - start < Self.patience ? units.claim(outOf: absent) : nil
            }
            guard let claimed else { throw .notReady(progress: progress) }
            make(unit: claimed)
            if CancellationFlag.current?.isRaised == true { throw .cancelled }
        }
    }

    private func make(unit: TilePlace) {
        do throws(TileError) {
            let tile = try make(unit, isAsked: false)
            let key = key(unit)
            // Kept by `make`, unless it could not be.
            let isKept = cache.keep(tile, key)
            units.withLock { $0.complete(unit, pinned: isKept ? nil : tile) }
        } catch {
            // A request that was called off says nothing of the image.
            let isCalledOff = CancellationFlag.current?.isRaised == true
            units.withLock { isCalledOff ? $0.release(unit) : $0.fail(unit, error) }
        }
    }

    private func unitsUnder(_ place: TilePlace, base: Int) -> [TilePlace] {
        let level = base + Self.unitDepth
        let shift = place.level - level
        let (columns, rows) = Self.tileCounts(levels[level])
        return (place.row << shift..<min(rows, (place.row + 1) << shift)).flatMap { row in
            (place.column << shift..<min(columns, (place.column + 1) << shift)).map {
                TilePlace(level: level, column: $0, row: row)
            }
        }
    }

    // MARK: Making

    /// Reads or makes a tile.
    ///
    /// - Parameter isAsked: whether what it is made from is likely to be asked for, too.
    private func make(_ place: TilePlace, isAsked: Bool) throws(TileError) -> Tile {
        let rect = clipped(place)
        guard case .made(let base) = levels[place.level].origin else {
            guard let readers = readers[place.level] else { preconditionFailure("no readers of level \(place.level)") }
            return .pixels(try readers.window(rect))
        }
        let depth = place.level - base
        if depth == Self.unitDepth, let pinned = units.withLock({ $0.pinned[place] }) { return pinned }
        if depth > 1, let held = cache.tile(key(place)) { return held }
        if let pixel = try emptyPixel(place, base: base) {
            return .uniform(pixel, width: rect.width, height: rect.height)
        }
        var parts: [(right: Bool, below: Bool, tile: Tile)] = []
        let (columns, rows) = Self.tileCounts(levels[place.level - 1])
        for row in 2 * place.row..<min(rows, 2 * place.row + 2) {
            for column in 2 * place.column..<min(columns, 2 * place.column + 2) {
                let part = try make(TilePlace(level: place.level - 1, column: column, row: row), isAsked: isAsked)
                parts.append((right: column % 2 == 1, below: row % 2 == 1, tile: part))
            }
        }
        let tile = Tile(halving: parts, width: rect.width, height: rect.height)
        if depth >= keptDepth { _ = cache.keep(tile, key(place)) }
        if depth > Self.unitDepth || isAsked && depth > 1 { cache.insert(tile, key(place)) }
        return tile
    }

    /// What all pixels of a tile are like of which nothing is stored; nil for others, and where that is not known.
    private func emptyPixel(_ place: TilePlace, base: Int) throws(TileError) -> PixelBuffer? {
        guard let readers = readers[base] else { return nil }
        let (side, level) = (TilePlace.side << (place.level - base), levels[base])
        let (x, y) = (place.column * side, place.row * side)
        return try readers.uniformPixel(
            PixelRect(x: x, y: y, width: min(side, level.width - x), height: min(side, level.height - y)),
            chunksMax: Self.soughtChunksMax)
    }

    /// Levels above the stored one from which on tiles are kept on disk: as many levels as take no more than half of it, and the units.
    private var keptDepth: Int {
        let plane = image.info.height * image.info.rowByteCount
        return (2..<Self.unitDepth).first { depth in plane >> (2 * depth) * 4 / 3 <= cache.diskByteCountMax / 2 }
            ?? Self.unitDepth
    }

    private func clipped(_ place: TilePlace) -> PixelRect {
        let (side, level) = (TilePlace.side, levels[place.level])
        let (x, y) = (place.column * side, place.row * side)
        return PixelRect(x: x, y: y, width: min(side, level.width - x), height: min(side, level.height - y))
    }

    private func key(_ place: TilePlace) -> TileKey { TileKey(content: image.contentKey, page: page, place: place) }

    private static func tileCounts(_ level: TiledImage.Level) -> (columns: Int, rows: Int) {
        ((level.width + TilePlace.side - 1) / TilePlace.side, (level.height + TilePlace.side - 1) / TilePlace.side)
    }
}
