internal import Compression
internal import Imaging

/// Where a chunk of a pyramid lies: level 0 is the image, each further level has half the width and height of the one before.
package struct PyramidPlace: Hashable, Sendable {
    let level: Int
    let row: Int
    let column: Int
}

/// Keeps the chunks of a pyramid, packed, until they are asked for or for good.
protocol PyramidStore: AnyObject {
    /// - Throws: `ImageError.io` with the system's reason.
    func put(_ packed: [UInt8], at place: PyramidPlace) throws(ImageError)

    /// A chunk that was put.
    ///
    /// - Throws: `ImageError.io` with the system's reason.
    func packed(at place: PyramidPlace) throws(ImageError) -> [UInt8]
}

/// Makes a pyramid of square chunks, packed by zlib, from the regions of an image in any order.
///
/// A chunk of an overview is made as soon as the up to four chunks under it are complete, which are read back: memory is some chunks,
/// whatever the image's size, as long as the regions are whole chunks.
final class PyramidBuilder {
    /// The chunks of each level, down to the one that is a single chunk.
    let levels: [TileGrid]
    private let kind: PixelKind
    private let rule: OverviewRule
    private let packingLevel: Int
    private let path: String
    private let store: any PyramidStore
    private var assembler: ChunkAssembler
    /// `[level][chunk]`: chunks of the level before that are missing; empty for level 0.
    private var missing: [[UInt8]]

    /// A pyramid down to a single chunk.
    ///
    /// - Parameters:
    ///   - side: of the chunks, in pixels; even.
    ///   - packingLevel: zlib's, 0…9.
    ///   - path: the image in messages.
    convenience init(
        width: Int, height: Int, side: Int, kind: PixelKind, overviews rule: OverviewRule, packingLevel: Int, path: String,
        store: any PyramidStore
    ) {
        self.init(
            levels: Self.levels(width: width, height: height, side: side), kind: kind, overviews: rule,
            packingLevel: packingLevel, path: path, store: store)
    }

    /// - Parameter levels: each has half the width and height of the one before, half up.
    init(
        levels: [TileGrid], kind: PixelKind, overviews rule: OverviewRule, packingLevel: Int, path: String,
        store: any PyramidStore
    ) {
        precondition(levels[0].tileSide.isMultiple(of: 2), "chunks of \(levels[0].tileSide) pixels")
        self.levels = levels
        (self.kind, self.rule, self.packingLevel, self.path, self.store) = (kind, rule, packingLevel, path, store)
        assembler = ChunkAssembler(levels[0], pixelByteCount: kind.byteCount)
        missing = [[]]
        for (below, level) in zip(levels, levels.dropFirst()) {
            missing.append(
                (0..<level.count).map { index in
                    let (row, column) = (index / level.columns, index % level.columns)
                    return UInt8(min(2, below.rows - 2 * row) * min(2, below.columns - 2 * column))
                })
        }
    }

    /// The levels of an image: halved, half up, until one chunk holds all.
    static func levels(width: Int, height: Int, side: Int) -> [TileGrid] {
        var levels = [TileGrid(imageWidth: width, imageHeight: height, tileSide: side, haloPixels: 0)]
        while let last = levels.last, last.count > 1 {
            levels.append(
                TileGrid(
                    imageWidth: (last.imageWidth + 1) / 2, imageHeight: (last.imageHeight + 1) / 2, tileSide: side, haloPixels: 0)
            )
        }
        return levels
    }

    /// Whether all chunks of all levels are put.
    var isComplete: Bool { assembler.isComplete }

    /// Takes the pixels of a region.
    ///
    /// - Precondition: as `RegionWriter.write`.
    /// - Throws: `ImageError.io` of the store.
    func add(_ region: PixelRect, _ pixels: UnsafeRawBufferPointer) throws(ImageError) {
        try assembler.add(region, pixels) { (row, column, chunk) throws(ImageError) in
            try keep(chunk, at: PyramidPlace(level: 0, row: row, column: column))
        }
    }

    private func keep(_ chunk: [UInt8], at place: PyramidPlace) throws(ImageError) {
        let packed: [UInt8]
        do {
            packed = try Zlib.compress(chunk, level: packingLevel)
        } catch {
            throw .io(path: path, reason: error.description)
        }
        try store.put(packed, at: place)
        try rise(from: place)
    }

    /// Takes the chunks of a tile that others have put into the store: all of level 0, and of the levels above those that no other tile
    /// has a part in.
    ///
    /// - Precondition: as `RegionWriter.write`; the tile is whole chunks, and a single one at the level `levelCount` − 1.
    /// - Throws: `ImageError.io` of the store.
    func adopt(_ tile: PixelRect, levelCount: Int) throws(ImageError) {
        assembler.adopt(tile)
        let (top, side) = (levelCount - 1, levels[0].tileSide)
        try rise(from: PyramidPlace(level: top, row: (tile.y >> top) / side, column: (tile.x >> top) / side))
    }

    /// A chunk is in the store: makes the one above it, if it was the last that was missing.
    private func rise(from place: PyramidPlace) throws(ImageError) {
        guard place.level + 1 < levels.count else { return }
        let above = PyramidPlace(level: place.level + 1, row: place.row / 2, column: place.column / 2)
        let index = above.row * levels[above.level].columns + above.column
        missing[above.level][index] -= 1
        if missing[above.level][index] == 0 { try keep(try overview(at: above), at: above) }
    }

    /// A chunk made from the up to four under it.
    private func overview(at place: PyramidPlace) throws(ImageError) -> [UInt8] {
        let below = levels[place.level - 1]
        let side = below.tileSide
        var chunk = [UInt8](repeating: 0, count: side * side * kind.byteCount)
        for row in 2 * place.row..<min(2 * place.row + 2, below.rows) {
            for column in 2 * place.column..<min(2 * place.column + 2, below.columns) {
                let part = try unpacked(PyramidPlace(level: place.level - 1, row: row, column: column))
                let core = below.tile(row: row, column: column).core
                rule.halve(
                    part, core.width, core.height, stride: side, kind, into: &chunk,
                    at: (row % 2 * side / 2) * side + column % 2 * side / 2)
            }
        }
        return chunk
    }

    private func unpacked(_ place: PyramidPlace) throws(ImageError) -> [UInt8] {
        let packed = try store.packed(at: place)
        do {
            return try Zlib.decompress(packed, expectedByteCount: levels[0].tileSide * levels[0].tileSide * kind.byteCount)
        } catch {
            throw .io(path: path, reason: "what was written is not what is read: \(error.description)")
        }
    }
}
