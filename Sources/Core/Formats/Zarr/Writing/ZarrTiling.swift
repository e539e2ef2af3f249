package import Imaging

/// How an OME-Zarr image that `ZarrPyramidWriter` writes falls into square tiles, each of which fills chunks that no other tile has a part in:
/// all of level 0, and those of the next levels down to the one where the tile is a single chunk.
package struct ZarrTiling: Hashable, Sendable {
    /// The chunks of each level of the image.
    let levels: [TileGrid]
    /// Of a tile, in pixels of level 0.
    let side: Int

    /// Levels that fall into chunks of one tile each.
    var ownLevelCount: Int {
        var count = 1
        while count < levels.count, ZarrPyramidWriter.chunkSide << count <= side { count += 1 }
        return count
    }

    /// - Parameter side: of the tiles; nil unless it is 512 · 2ⁿ.
    package init?(width: Int, height: Int, side: Int) {
        let chunk = ZarrPyramidWriter.chunkSide
        guard width > 0, height > 0, side.isMultiple(of: chunk), (side / chunk).nonzeroBitCount == 1 else { return nil }
        levels = PyramidBuilder.levels(width: width, height: height, side: chunk)
        self.side = side
    }

    /// Whether a rectangle is one of the tiles.
    package func holds(_ tile: PixelRect) -> Bool {
        tile.x >= 0 && tile.y >= 0 && tile.x.isMultiple(of: side) && tile.y.isMultiple(of: side) && tile.x < levels[0].imageWidth
            && tile.y < levels[0].imageHeight && tile.width == min(side, levels[0].imageWidth - tile.x)
            && tile.height == min(side, levels[0].imageHeight - tile.y)
    }

    /// The tile's own chunks, level by level, row by row.
    package func places(of tile: PixelRect) -> [PyramidPlace] {
        let chunk = ZarrPyramidWriter.chunkSide
        return (0..<ownLevelCount).flatMap { level in
            let part = grid(of: tile, level: level)
            let (row, column) = ((tile.y >> level) / chunk, (tile.x >> level) / chunk)
            return (0..<part.count).map {
                PyramidPlace(level: level, row: row + $0 / part.columns, column: column + $0 % part.columns)
            }
        }
    }

    /// The chunks of a tile at one of its own levels, counted from the tile's own first.
    private func grid(of tile: PixelRect, level: Int) -> TileGrid {
        let rounding = (1 << level) - 1
        return TileGrid(
            imageWidth: (tile.width + rounding) >> level, imageHeight: (tile.height + rounding) >> level,
            tileSide: ZarrPyramidWriter.chunkSide, haloPixels: 0)
    }

    /// The tile's own chunks, packed, in the order of `places`.
    ///
    /// - Parameters:
    ///   - values: of one plane of the tile, as `RegionWriter.write`.
    ///   - name: the image in messages.
    package func chunks(
        of tile: PixelRect, from values: UnsafeRawBufferPointer, _ kind: PixelKind, _ rule: OverviewRule, name: String
    ) throws(ImageError) -> [[UInt8]] {
        let held = HeldChunks()
        let builder = PyramidBuilder(
            levels: (0..<ownLevelCount).map { grid(of: tile, level: $0) }, kind: kind, overviews: rule,
            packingLevel: ZarrPyramidWriter.packingLevel, path: name, store: held)
        try builder.add(PixelRect(x: 0, y: 0, width: tile.width, height: tile.height), values)
        let origin = places(of: tile)
        return origin.map { place in
            let chunk = ZarrPyramidWriter.chunkSide
            let (row, column) = ((tile.y >> place.level) / chunk, (tile.x >> place.level) / chunk)
            return held.chunks[PyramidPlace(level: place.level, row: place.row - row, column: place.column - column)] ?? []
        }
    }
}

/// Chunks in memory.
private final class HeldChunks: PyramidStore {
    private(set) var chunks: [PyramidPlace: [UInt8]] = [:]

    func put(_ packed: [UInt8], at place: PyramidPlace) { chunks[place] = packed }

    func packed(at place: PyramidPlace) -> [UInt8] { chunks[place] ?? [] }
}
