internal import Jobs

/// Which exact tiles of far views are put together, and which tiles of the full resolution come next: decides, and computes nothing.
struct Refinement {
    private struct Begun {
        let tile: ReducedTile
        /// Tiles of the full resolution that nobody was asked for.
        var pending: ArraySlice<TileKey>
        /// Those that are being made.
        var awaited: Set<TileKey> = []
    }

    /// A tile of the full resolution that is being made.
    private struct Making: Hashable {
        let key: TileKey
        let maps: Set<MapKind>
    }

    /// In their order.
    private var begun: [Begun] = []
    private var made: Set<Making> = []
    /// Tiles that are complete, the last ones.
    var finished = TileCache(bytesMax: 32 << 20)

    func isBegun(_ key: TileKey) -> Bool { begun.contains { $0.tile.key == key } }

    mutating func begin(_ tile: ReducedTile) {
        // What is being made is not made twice.
        let awaited = Set(tile.below.filter { made.contains(Making(key: $0, maps: tile.maps)) })
        begun.append(Begun(tile: tile, pending: tile.below.filter { !awaited.contains($0) }[...], awaited: awaited))
    }

    /// Lets go of tiles that nobody wants any more.
    mutating func keep(_ isWanted: (ReducedTile) -> Bool) { begun.removeAll { !isWanted($0.tile) } }

    /// Forgets all that is not finished.
    mutating func removeAll() { (begun, made) = ([], []) }

    /// The tile of the full resolution that is to be made next, and its maps; nil if another tile must begin first.
    mutating func next() -> (key: TileKey, maps: Set<MapKind>)? {
        guard let first = begun.first(where: { !$0.pending.isEmpty }), let key = first.pending.first else { return nil }
        let maps = first.tile.maps
        for index in begun.indices where begun[index].tile.maps == maps {
            guard let place = begun[index].pending.firstIndex(of: key) else { continue }
            begun[index].pending.remove(at: place)
            begun[index].awaited.insert(key)
        }
        made.insert(Making(key: key, maps: maps))
        return (key, maps)
    }

    /// Notes that a tile of the full resolution is there.
    ///
    /// - Returns: those that it lies below.
    mutating func arrived(_ key: TileKey, _ tile: LiveTile) -> [ReducedTile] {
        made = made.filter { $0.key != key || !$0.maps.isSubset(of: tile.maps.keys) }
        return begun.filter { $0.awaited.contains(key) && $0.tile.maps.isSubset(of: tile.maps.keys) }.map(\.tile)
    }

    /// Notes that a tile of the full resolution was added to one of those below which it lies.
    ///
    /// - Returns: whether that was the last one below it; it is not begun any more then.
    mutating func added(_ key: TileKey, to tile: ReducedTile) -> Bool {
        guard let index = begun.firstIndex(where: { $0.tile === tile }), begun[index].awaited.remove(key) != nil else {
            return false
        }
        guard begun[index].awaited.isEmpty, begun[index].pending.isEmpty else { return false }
        begun.remove(at: index)
        return true
    }
}
