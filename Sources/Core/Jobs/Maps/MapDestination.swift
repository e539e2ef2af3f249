package import Formats
package import Imaging
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
    /// The label of each class, of a map of classes; nil of others.
    package var labels: [UInt16]?
    /// Whether the image's first dimension counts several planes.
    package var isStack: Bool

    package static let foldersMax = 16
    private static let sideMax = 1 << 30

    package init(
        folders: [String], width: Int, height: Int, tileSide: Int, tile: PixelRect, labels: [UInt16]?, isStack: Bool
    ) {
        (self.folders, self.width, self.height, self.tileSide, self.tile) = (folders, width, height, tileSide, tile)
        (self.labels, self.isStack) = (labels, isStack)
    }

    /// What writes the tile's chunks; nil if it is none of the image's tiles.
    package var writer: ZarrChunkWriter? {
        guard (1...Self.sideMax).contains(width), (1...Self.sideMax).contains(height), (1...8192).contains(tileSide) else {
            return nil
        }
        return ZarrChunkWriter(width: width, height: height, tileSide: tileSide, tile: tile, isStack: isStack)
    }

    /// How a value of the map is stored.
    var kind: PixelKind { labels?.allSatisfy { $0 <= 255 } == true ? .grey8 : .grey16 }

    /// Throws unless the files are there that a worker says it has written.
    ///
    /// - Parameters:
    ///   - folder: the image's, here.
    ///   - planeCount: planes of the tile.
    ///   - isRead: whether their content is compared, too.
    package func check(_ receipts: [ChunkReceipt], in folder: String, planeCount: Int, isRead: Bool) throws(WireError) {
        guard let writer else { throw .invalid("written: expected a tile of the image") }
        if let fault = writer.fault(of: receipts, in: folder, planeCount: planeCount, isRead: isRead) {
            throw .invalid("written: \(fault)")
        }
    }
}

/// The labels that classes stand for.
package enum ClassLabels {
    /// The label of each pixel, little-endian.
    ///
    /// - Parameters:
    ///   - classes: class indices; `MapContent.noClass`, of pixels without data, becomes 0.
    ///   - labels: of the classes.
    ///   - byteCount: of a label: 1, if all fit, or 2.
    package static func bytes(of classes: [UInt8], labels: [UInt16], byteCount: Int) -> [UInt8] {
        let unlabelled = [UInt16](repeating: 0, count: max(0, Int(MapContent.noClass) + 1 - labels.count))
        let low = (labels + unlabelled).map { UInt8(truncatingIfNeeded: $0) }
        guard byteCount == 2 else { return classes.map { low[Int($0)] } }
        let high = (labels + unlabelled).map { UInt8($0 >> 8) }
        return [UInt8](unsafeUninitializedCapacity: 2 * classes.count) { bytes, count in
            for (pixel, index) in classes.enumerated() {
                bytes[2 &* pixel] = low[Int(index)]
                bytes[2 &* pixel &+ 1] = high[Int(index)]
            }
            count = 2 * classes.count
        }
    }
}
