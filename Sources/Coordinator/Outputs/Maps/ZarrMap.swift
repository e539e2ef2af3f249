internal import Formats
internal import Imaging
internal import Jobs
internal import Protocol

/// Writes a map as an OME-Zarr folder, tile by tile as they are sent, or as workers say that they have written them.
final class ZarrMap: TileWriter {
    private let folder: PendingFolder
    private let writer: ZarrMapWriter
    private let (width, height): (Int, Int)
    private let kind: SharedMap.Kind
    /// What a worker needs to know to write labels.
    private let labels: [UInt16]?
    /// Maps, if the image has a dimension for them.
    private let planeCount: Int?
    /// `[map][row][column]` of a tile, little-endian.
    private let values: (borrowing SegmentedTile) -> [UInt8]
    private var tiling: ZarrTiling?

    /// The label map, whose values are the labels.
    ///
    /// - Parameter key: as of `PendingFolder`.
    static func labels(path: String, key: String?, width: Int, height: Int, classes: [SegmentationClass]) throws -> ZarrMap {
        let labels = classes.map { UInt16($0.label) }
        let colours = zip(labels, classes).map { (label: $0, colour: $1.colour) }.sorted { $0.label < $1.label }
        let folder = try PendingFolder(path: path, key: key)
        let writer = try folder.writing {
            try ZarrMapWriter.labels(folder: folder.temporaryPath, width: width, height: height, colours: colours)
        }
        let byteCount = writer.valueByteCount
        return ZarrMap(.labels, folder, writer, width, height, labels: labels) { tile in
            ClassLabels.bytes(of: tile.classes, labels: labels, byteCount: byteCount)
        }
    }

    /// The probabilities of the classes, a channel each: 16-bit values, of which 65535 stands for 1.
    static func probabilities(
        path: String, key: String?, width: Int, height: Int, classes: [SegmentationClass]
    ) throws -> ZarrMap {
        try shares(
            .probabilities, path: path, key: key, width: width, height: height,
            channels: classes.map { (name: $0.name, colour: $0.colour) }
        ) { tile in tile.probabilities }
    }

    /// The uncertainty map: 1 − (largest − second largest probability), as the probabilities.
    static func uncertainty(path: String, key: String?, width: Int, height: Int) throws -> ZarrMap {
        let white = RGBColour(red: 255, green: 255, blue: 255)
        return try shares(
            .uncertainty, path: path, key: key, width: width, height: height, channels: [(name: "uncertainty", colour: white)]
        ) { tile in tile.uncertainty }
    }

    private static func shares(
        _ kind: SharedMap.Kind, path: String, key: String?, width: Int, height: Int,
        channels: [(name: String, colour: RGBColour)], values: @escaping (borrowing SegmentedTile) -> [UInt8]
    ) throws -> ZarrMap {
        let folder = try PendingFolder(path: path, key: key)
        let writer = try folder.writing {
            try ZarrMapWriter.shares(
                folder: folder.temporaryPath, width: width, height: height, name: kind.rawValue, channels: channels)
        }
        let planeCount = channels.count > 1 ? channels.count : nil
        return ZarrMap(kind, folder, writer, width, height, planeCount: planeCount, values: values)
    }

    private init(
        _ kind: SharedMap.Kind, _ folder: PendingFolder, _ writer: ZarrMapWriter, _ width: Int, _ height: Int,
        labels: [UInt16]? = nil, planeCount: Int? = nil, values: @escaping (borrowing SegmentedTile) -> [UInt8]
    ) {
        (self.kind, self.folder, self.writer, self.width, self.height) = (kind, folder, writer, width, height)
        (self.labels, self.planeCount, self.values) = (labels, planeCount, values)
    }

    var paths: [String] { [folder.path] }

    func offer(tileSide: Int) throws -> SharedMap? {
        guard let tiling = ZarrTiling(width: width, height: height, side: tileSide) else { return nil }
        self.tiling = tiling
        try folder.writing { try writer.admit(tiling) }
        return try folder.share(kind, width: width, height: height, tileSide: tileSide, labels: labels, planeCount: planeCount)
    }

    func write(_ tile: borrowing SegmentedTile) throws {
        let core = tile.tile.core
        if let written = tile.written, kind.receipts(in: written) != nil, let tiling {
            folder.outlivesFailure = folder.isKept
            return try folder.writing { try writer.adopt(core, of: tiling) }
        }
        let values = values(tile)
        try folder.writing { try values.withUnsafeBytes { try writer.write(core, from: $0) } }
    }

    func seal() throws {
        writer.finish()
        try folder.synchronise()
    }

    func publish() throws { try folder.commit() }
}
