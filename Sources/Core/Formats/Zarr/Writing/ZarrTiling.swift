internal import Foundation
package import Imaging
package import Primitives

/// How an OME-Zarr image that `ZarrMapWriter` writes falls into square tiles, each of which fills chunks that no other tile has a part in:
/// all of level 0, and those of the next levels down to the one where the tile is a single chunk.
package struct ZarrTiling: Hashable, Sendable {
    /// The chunks of each level of the image.
    let levels: [TileGrid]
    /// Of a tile, in pixels of level 0.
    let side: Int

    /// Levels that fall into chunks of one tile each.
    var ownLevelCount: Int {
        var count = 1
        while count < levels.count, ZarrMapWriter.chunkSide << count <= side { count += 1 }
        return count
    }

    /// - Parameter side: of the tiles; nil unless it is 512 · 2ⁿ.
    package init?(width: Int, height: Int, side: Int) {
        let chunk = ZarrMapWriter.chunkSide
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
        let chunk = ZarrMapWriter.chunkSide
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
            tileSide: ZarrMapWriter.chunkSide, haloPixels: 0)
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
            packingLevel: ZarrMapWriter.packingLevel, path: name, store: held)
        try builder.add(PixelRect(x: 0, y: 0, width: tile.width, height: tile.height), values)
        let origin = places(of: tile)
        return origin.map { place in
            let chunk = ZarrMapWriter.chunkSide
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

/// One file that a worker has written.
package struct ChunkReceipt: Codable, Hashable, Sendable {
    package var byteCount: Int
    package var sha256: ContentHash
}

/// Writes the chunks of one tile of an OME-Zarr image that another process has begun, or looks whether they are there.
package struct ZarrChunkWriter: Sendable {
    private let tiling: ZarrTiling
    private let tile: PixelRect
    private let isStack: Bool

    /// - Parameters:
    ///   - width: of the image, in pixels, as `height`.
    ///   - tileSide: of the image's tiles, in pixels.
    ///   - isStack: whether the image's first dimension counts several planes.
    /// - Returns: nil unless the rectangle is one of the image's tiles.
    package init?(width: Int, height: Int, tileSide: Int, tile: PixelRect, isStack: Bool) {
        guard let tiling = ZarrTiling(width: width, height: height, side: tileSide), tiling.holds(tile) else { return nil }
        (self.tiling, self.tile, self.isStack) = (tiling, tile, isStack)
    }

    /// The chunks of the tile by name, in the order of receipts: plane by plane, level by level, row by row.
    private func names(planeCount: Int) -> [String] {
        let places = tiling.places(of: tile)
        return (0..<planeCount).flatMap { plane in
            places.map { ChunkFolder.name(of: $0, plane: isStack ? plane : nil) }
        }
    }

    /// Writes the chunks, each under its name once it is complete and on the disk.
    ///
    /// - Parameters:
    ///   - values: `[plane][row][column]` of the tile, little-endian.
    ///   - kind: of a value: `grey8` or `grey16`.
    ///   - folder: the image's, which has the folders of its rows.
    /// - Throws: `ImageError.io`. Some chunks may have been written.
    package func write(
        _ values: [UInt8], _ kind: PixelKind, overviews: OverviewRule, into folder: String
    ) throws(ImageError) -> [ChunkReceipt] {
        let planeByteCount = tile.area * kind.byteCount
        let planeCount = values.count / planeByteCount
        var chunks: [[UInt8]] = []
        for plane in 0..<planeCount {
            let part = Array(values[plane * planeByteCount..<(plane + 1) * planeByteCount])
            do {
                chunks += try part.withUnsafeBytes { try tiling.chunks(of: tile, from: $0, kind, overviews, name: folder) }
            } catch let error as ImageError {
                throw error
            } catch {
                throw .io(path: folder, reason: "\(error)")
            }
        }
        let scratch = folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)]
        var receipts: [ChunkReceipt] = []
        for (chunk, name) in zip(chunks, names(planeCount: planeCount)) {
            try Self.write(chunk, to: "\(folder)/\(name)", by: "\(scratch)/\(UUID().uuidString).chunk")
            receipts.append(ChunkReceipt(byteCount: chunk.count, sha256: ContentHash(of: chunk)))
        }
        return receipts
    }

    /// The temporary file lies outside of the image: the image may be complete, and elsewhere, before a late copy of a tile is.
    private static func write(_ chunk: [UInt8], to path: String, by temporary: String) throws(ImageError) {
        do {
            let file = try OutputFile(path: temporary)
            try chunk.withUnsafeBufferPointer { (buffer) throws(FileError) in try file.write(UnsafeRawBufferPointer(buffer)) }
            try file.close()
        } catch {
            unlink(temporary)
            throw ImageError(error)
        }
        guard rename(temporary, path) == 0 else {
            let reason = FileSystem.reason
            unlink(temporary)
            throw .io(path: path, reason: reason)
        }
    }

    /// What is wrong with the files that a worker says it has written; nil if they are there.
    ///
    /// - Parameters:
    ///   - folder: the image's, here.
    ///   - planeCount: planes of the tile.
    ///   - isRead: whether their content is compared, too.
    package func fault(of receipts: [ChunkReceipt], in folder: String, planeCount: Int, isRead: Bool) -> String? {
        let names = names(planeCount: planeCount)
        guard names.count == receipts.count else { return "expected \(names.count) chunks, found \(receipts.count)" }
        for (name, receipt) in zip(names, receipts) {
            var status = stat()
            let path = "\(folder)/\(name)"
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) == receipt.byteCount else {
                return "expected \(receipt.byteCount) bytes in the chunk \(name), found another file or none"
            }
            if isRead, (try? ContentHash(ofFile: path)) != receipt.sha256 {
                return "expected the chunk \(name) as it was written, found something else"
            }
        }
        return nil
    }
}
