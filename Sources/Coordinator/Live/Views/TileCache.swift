internal import Jobs

/// The tiles that were made last, up to some memory: those that other tabs look at, or that come into view again.
struct TileCache {
    let bytesMax: Int
    private var tiles: [TileKey: LiveTile] = [:]
    private var order: [TileKey] = []
    private var bytes = 0

    init(bytesMax: Int = 64 << 20) { self.bytesMax = bytesMax }

    /// The tile, if it has the maps.
    func tile(_ key: TileKey, with maps: Set<MapKind>) -> LiveTile? {
        guard let tile = tiles[key], maps.isSubset(of: tile.maps.keys) else { return nil }
        return tile
    }

    mutating func add(_ tile: LiveTile, as key: TileKey) {
        if let old = tiles[key] { bytes -= old.byteCount } else { order.append(key) }
        tiles[key] = tile
        bytes += tile.byteCount
        var first = 0
        while bytes > bytesMax, first < order.count - 1 {
            if let old = tiles.removeValue(forKey: order[first]) { bytes -= old.byteCount }
            first += 1
        }
        order.removeFirst(first)
    }
}

extension LiveTile {
    fileprivate var byteCount: Int { maps.values.reduce(0) { $0 + $1.count } }
}
