internal import Compression
internal import Imaging

/// Where a chunk of a pyramid lies: level 0 is the image, each further level has half the width and height of the one before.
package struct PyramidPlace: Hashable, Sendable {
    let level: Int
    let row: Int
    let column: Int
}

/// Stores the packed chunks of a pyramid, until they are read back or for good.
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
/// A chunk of an overview is made as soon as the up to four chunks under it are complete; they are read back from the store. As long as
/// regions are whole chunks, memory is some chunks, whatever the image's size.
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

/// Cuts regions into the square chunks of a stored image, and hands out each chunk when its last pixel has arrived.
///
/// Memory: the chunks that are begun and not complete; none between regions that are whole chunks.
struct ChunkAssembler {
    /// The chunks, as tiles without a halo.
    let grid: TileGrid
    let pixelByteCount: Int
    /// By index: pixels `[row][column]` of a whole chunk, zero beyond the image, and how many are missing.
    private var open: [Int: (pixels: [UInt8], missing: Int)] = [:]
    /// Chunks handed out.
    private(set) var completeCount = 0

    init(_ grid: TileGrid, pixelByteCount: Int) {
        (self.grid, self.pixelByteCount) = (grid, pixelByteCount)
    }

    /// Whether all chunks were handed out.
    var isComplete: Bool { completeCount == grid.count }

    /// Counts the chunks of a region of whole chunks as handed out.
    mutating func adopt(_ region: PixelRect) {
        let side = grid.tileSide
        precondition(region.x.isMultiple(of: side) && region.y.isMultiple(of: side), "\(region) is not whole chunks")
        completeCount += ((region.width + side - 1) / side) * ((region.height + side - 1) / side)
    }

    /// Takes a region, and hands the chunks that it completes to `complete`.
    mutating func add(
        _ region: PixelRect, _ pixels: UnsafeRawBufferPointer,
        complete: (_ row: Int, _ column: Int, _ chunk: [UInt8]) throws(ImageError) -> Void
    ) throws(ImageError) {
        precondition(
            region.area > 0 && PixelRect(x: 0, y: 0, width: grid.imageWidth, height: grid.imageHeight).contains(region),
            "\(region) of \(grid.imageWidth)×\(grid.imageHeight)")
        precondition(pixels.count == region.area * pixelByteCount, "\(region): \(pixels.count) bytes")
        let side = grid.tileSide
        for row in region.y / side...(region.endY - 1) / side {
            for column in region.x / side...(region.endX - 1) / side {
                let core = grid.tile(row: row, column: column).core
                let index = row * grid.columns + column
                var chunk =
                    open.removeValue(forKey: index) ?? ([UInt8](repeating: 0, count: side * side * pixelByteCount), core.area)
                chunk.missing -= copy(region, pixels, core, into: &chunk.pixels)
                precondition(chunk.missing >= 0, "\(region) was given twice")
                if chunk.missing == 0 {
                    try complete(row, column, chunk.pixels)
                    completeCount += 1
                } else {
                    open[index] = chunk
                }
            }
        }
    }

    /// Copies what the region and the chunk share; the number of pixels.
    private func copy(_ region: PixelRect, _ pixels: UnsafeRawBufferPointer, _ core: PixelRect, into chunk: inout [UInt8]) -> Int
    {
        let (x, endX) = (max(region.x, core.x), min(region.endX, core.endX))
        let (y, endY) = (max(region.y, core.y), min(region.endY, core.endY))
        let byteCount = (endX - x) * pixelByteCount
        chunk.withUnsafeMutableBytes { target in
            for row in y..<endY {
                let start = ((row - core.y) * grid.tileSide + x - core.x) * pixelByteCount
                let source = ((row - region.y) * region.width + x - region.x) * pixelByteCount
                target[start..<start + byteCount].copyBytes(from: pixels[source..<source + byteCount])
            }
        }
        return (endX - x) * (endY - y)
    }
}
