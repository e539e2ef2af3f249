internal import Formats
internal import Foundation
package import Imaging
package import Primitives
package import Protocol

/// Where a worker may write its tile of a map itself: chunks of an OME-Zarr image on storage that it shares with the coordinator.
package struct MapDestination: Codable, Hashable, Sendable {
    /// The image's folder, under the names that it may have at the worker, the likeliest first.
    package var folders: [String]
    /// Of the whole image, in pixels.
    package var width: Int
    package var height: Int
    /// Side of the tiles that the image is cut into: 512 · 2ⁿ.
    package var tileSide: Int
    /// The tile's pixels in the image.
    package var tile: PixelRect
    /// The label of each class, of a map of labels; nil of a map of shares.
    package var labels: [UInt16]?
    /// Whether the image's first dimension counts several maps.
    package var isStack: Bool

    package static let foldersMax = 16
    private static let sideMax = 1 << 30

    package init(
        folders: [String], width: Int, height: Int, tileSide: Int, tile: PixelRect, labels: [UInt16]?, isStack: Bool
    ) {
        (self.folders, self.width, self.height, self.tileSide, self.tile) = (folders, width, height, tileSide, tile)
        (self.labels, self.isStack) = (labels, isStack)
    }

    /// The tile in the image's chunks; nil if it is none of the image's tiles.
    var tiling: ZarrTiling? {
        guard (1...Self.sideMax).contains(width), (1...Self.sideMax).contains(height), (1...8192).contains(tileSide),
            let tiling = ZarrTiling(width: width, height: height, side: tileSide), tiling.holds(tile)
        else { return nil }
        return tiling
    }
}

/// The destinations of the maps of one tile; nil for a map that is sent.
package struct MapDestinations: Codable, Hashable, Sendable {
    package var labels: MapDestination?
    package var probabilities: MapDestination?
    package var uncertainty: MapDestination?
    /// Tells the job from the same one of an earlier time, whose files may be gone.
    package var occasion: String

    package init(
        labels: MapDestination? = nil, probabilities: MapDestination? = nil, uncertainty: MapDestination? = nil, occasion: String
    ) {
        (self.labels, self.probabilities, self.uncertainty) = (labels, probabilities, uncertainty)
        self.occasion = occasion
    }

    /// The same for one tile.
    package func at(_ tile: PixelRect) -> MapDestinations {
        var moved = self
        moved.labels?.tile = tile
        moved.probabilities?.tile = tile
        moved.uncertainty?.tile = tile
        return moved
    }
}

/// One file that a worker has written.
package struct ChunkReceipt: Codable, Hashable, Sendable {
    package var byteCount: Int
    package var sha256: ContentHash
}

/// What a worker has written of the maps of one tile: the chunks of a map, plane by plane, level by level, row by row.
package struct WrittenMaps: Codable, Hashable, Sendable {
    package var labels: [ChunkReceipt]?
    package var probabilities: [ChunkReceipt]?
    package var uncertainty: [ChunkReceipt]?

    /// Whether it has written any.
    var isEmpty: Bool { labels == nil && probabilities == nil && uncertainty == nil }
}

extension MapDestination {
    /// How a value of the map is stored.
    var kind: PixelKind { labels?.allSatisfy { $0 <= 255 } == true ? .grey8 : .grey16 }

    /// The label of each pixel, as it is stored.
    ///
    /// - Parameter classes: class indices, of which each has a label.
    func values(_ classes: [UInt8]) -> [UInt8] {
        guard let labels else { return [] }
        return ClassLabels.bytes(of: classes, labels: labels, byteCount: kind.byteCount)
    }

    /// The chunks of the tile by name, in the order of receipts.
    ///
    /// - Parameter planeCount: maps of the tile.
    private func names(_ tiling: ZarrTiling, planeCount: Int) -> [String] {
        let places = tiling.places(of: tile)
        return (0..<planeCount).flatMap { plane in
            places.map { ChunkFolder.name(of: $0, plane: isStack ? plane : nil) }
        }
    }

    /// Writes the chunks of a tile, each under its name once it is complete and on the disk.
    ///
    /// - Parameters:
    ///   - values: `[map][row][column]`: labels of one byte, or of two when one is above 255, or uint16; little-endian.
    ///   - kind: of a value.
    ///   - folder: the image's, which has the folders of its rows.
    /// - Throws: `ImageError.io`. Some chunks may have been written.
    func write(_ values: [UInt8], _ kind: PixelKind, tiling: ZarrTiling, into folder: String) throws(ImageError) -> [ChunkReceipt]
    {
        let planeByteCount = tile.area * kind.byteCount
        let planeCount = values.count / planeByteCount
        var chunks: [[UInt8]] = []
        for plane in 0..<planeCount {
            let part = Array(values[plane * planeByteCount..<(plane + 1) * planeByteCount])
            do {
                chunks += try part.withUnsafeBytes {
                    try tiling.chunks(of: tile, from: $0, kind, labels == nil ? .mean : .topLeft, name: folder)
                }
            } catch let error as ImageError {
                throw error
            } catch {
                throw .io(path: folder, reason: "\(error)")
            }
        }
        let scratch = folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)]
        var receipts: [ChunkReceipt] = []
        for (chunk, name) in zip(chunks, names(tiling, planeCount: planeCount)) {
            try Self.write(chunk, to: "\(folder)/\(name)", by: "\(scratch)/\(UUID().uuidString).chunk")
            receipts.append(ChunkReceipt(byteCount: chunk.count, sha256: ContentHash(of: chunk)))
        }
        return receipts
    }

    /// The temporary file lies outside of the image, which may be complete, and elsewhere, before a late copy of a tile is.
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
            let reason = String(cString: strerror(errno))
            unlink(temporary)
            throw .io(path: path, reason: reason)
        }
    }

    /// Throws unless the files are there that a worker says it has written.
    ///
    /// - Parameters:
    ///   - folder: the image's, here.
    ///   - planeCount: maps of the tile.
    ///   - isRead: whether their content is compared, too.
    package func check(_ receipts: [ChunkReceipt], in folder: String, planeCount: Int, isRead: Bool) throws(WireError) {
        guard let tiling else { throw .invalid("written: expected a tile of the image") }
        let names = names(tiling, planeCount: planeCount)
        guard names.count == receipts.count else {
            throw .invalid("written: expected \(names.count) chunks, found \(receipts.count)")
        }
        for (name, receipt) in zip(names, receipts) {
            var status = stat()
            let path = "\(folder)/\(name)"
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) == receipt.byteCount else {
                throw .invalid("written: expected \(receipt.byteCount) bytes in the chunk \(name), found another file or none")
            }
            if isRead, (try? ContentHash(ofFile: path)) != receipt.sha256 {
                throw .invalid("written: expected the chunk \(name) as it was written, found something else")
            }
        }
    }
}
