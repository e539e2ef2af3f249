internal import Core

/// Writes the label map as an OME-Zarr folder, whose values are the labels.
final class ZarrLabelMap: TileWriter {
    private let folder: PendingFolder
    private let writer: ZarrLabelWriter
    private let labels: [UInt16]
    private let (width, height): (Int, Int)
    private var tiling: ZarrTiling?

    /// - Parameter key: as of `PendingFolder`.
    init(path: String, key: String?, width: Int, height: Int, classes: [SegmentationClass]) throws {
        (self.width, self.height) = (width, height)
        labels = classes.map { UInt16($0.label) }
        let colours = zip(labels, classes).map { (label: $0, colour: $1.colour) }.sorted { $0.label < $1.label }
        let folder = try PendingFolder(path: path, key: key)
        self.folder = folder
        writer = try folder.writing {
            try ZarrLabelWriter(folder: folder.temporaryPath, width: width, height: height, colours: colours)
        }
    }

    var paths: [String] { [folder.path] }

    func offer(tileSide: Int) throws -> SharedMap? {
        guard let tiling = ZarrTiling(width: width, height: height, side: tileSide) else { return nil }
        self.tiling = tiling
        try folder.writing { try writer.admit(tiling) }
        return try folder.share(.labels, width: width, height: height, tileSide: tileSide, labels: labels, planeCount: nil)
    }

    func write(_ tile: borrowing SegmentedTile) throws {
        let core = tile.tile.core
        if tile.written?.labels != nil, let tiling {
            folder.outlivesFailure = folder.isKept
            return try folder.writing { try writer.adopt(core, of: tiling) }
        }
        let values = ClassLabels.bytes(of: tile.classes, labels: labels, byteCount: writer.labelByteCount)
        try folder.writing { try values.withUnsafeBytes { try writer.write(core, from: $0) } }
    }

    func seal() throws {
        try folder.writing { try writer.finish() }
        try folder.synchronise()
    }

    func publish() throws { try folder.commit() }
}
