internal import Core

/// Writes maps of shares as an OME-Zarr folder of 16-bit values; 65535 stands for 1.
final class ZarrShareMap: TileWriter {
    private let folder: PendingFolder
    private let writer: ZarrShareWriter
    /// `[map][row][column]` of a tile: uint16, little-endian.
    private let values: (borrowing SegmentedTile) -> [UInt8]
    private let kind: SharedMap.Kind
    private let (width, height): (Int, Int)
    /// Maps, if the image has a dimension for them.
    private let planeCount: Int?
    private var tiling: ZarrTiling?

    /// The probabilities of the classes, a channel each.
    static func probabilities(
        path: String, key: String?, width: Int, height: Int, classes: [SegmentationClass]
    ) throws -> ZarrShareMap {
        try ZarrShareMap(
            .probabilities, path: path, key: key, width: width, height: height, name: "probabilities",
            channels: classes.map { (name: $0.name, colour: $0.colour) }
        ) { tile in tile.probabilities }
    }

    /// The uncertainty map: 1 − (largest − second largest probability).
    static func uncertainty(path: String, key: String?, width: Int, height: Int) throws -> ZarrShareMap {
        let white = RGBColour(red: 255, green: 255, blue: 255)
        return try ZarrShareMap(
            .uncertainty, path: path, key: key, width: width, height: height, name: "uncertainty",
            channels: [(name: "uncertainty", colour: white)]
        ) { tile in tile.uncertainty }
    }

    private init(
        _ kind: SharedMap.Kind, path: String, key: String?, width: Int, height: Int, name: String,
        channels: [(name: String, colour: RGBColour)], values: @escaping (borrowing SegmentedTile) -> [UInt8]
    ) throws {
        (self.kind, self.width, self.height) = (kind, width, height)
        planeCount = channels.count > 1 ? channels.count : nil
        let folder = try PendingFolder(path: path, key: key)
        self.folder = folder
        self.values = values
        writer = try folder.writing {
            try ZarrShareWriter(folder: folder.temporaryPath, width: width, height: height, name: name, channels: channels)
        }
    }

    var paths: [String] { [folder.path] }

    func offer(tileSide: Int) throws -> SharedMap? {
        guard let tiling = ZarrTiling(width: width, height: height, side: tileSide) else { return nil }
        self.tiling = tiling
        try folder.writing { try writer.admit(tiling) }
        return try folder.share(kind, width: width, height: height, tileSide: tileSide, labels: nil, planeCount: planeCount)
    }

    func write(_ tile: borrowing SegmentedTile) throws {
        let receipts = kind == .uncertainty ? tile.written?.uncertainty : tile.written?.probabilities
        if receipts != nil, let tiling {
            folder.outlivesFailure = folder.isKept
            let core = tile.tile.core
            return try folder.writing { try writer.adopt(core, of: tiling) }
        }
        let (core, values) = (tile.tile.core, values(tile))
        try folder.writing { try values.withUnsafeBytes { try writer.write(core, from: $0) } }
    }

    func seal() throws {
        writer.finish()
        try folder.synchronise()
    }

    func publish() throws { try folder.commit() }
}
