internal import Core

/// Writes maps of shares as an OME-Zarr folder of 16-bit values; 65535 stands for 1.
final class ZarrShareMap: TileWriter {
    private let folder: PendingFolder
    private let writer: ZarrShareWriter
    /// `[map][row][column]` of a tile: uint16, little-endian.
    private let values: (borrowing SegmentedTile) -> [UInt8]

    /// The probabilities of the classes, a channel each.
    static func probabilities(path: String, width: Int, height: Int, classes: [SegmentationClass]) throws -> ZarrShareMap {
        try ZarrShareMap(
            path: path, width: width, height: height, name: "probabilities",
            channels: classes.map { (name: $0.name, colour: $0.colour) }
        ) { tile in tile.probabilities }
    }

    /// The uncertainty map: 1 − (largest − second largest probability).
    static func uncertainty(path: String, width: Int, height: Int) throws -> ZarrShareMap {
        let white = RGBColour(red: 255, green: 255, blue: 255)
        return try ZarrShareMap(
            path: path, width: width, height: height, name: "uncertainty", channels: [(name: "uncertainty", colour: white)]
        ) { tile in tile.uncertainty }
    }

    private init(
        path: String, width: Int, height: Int, name: String, channels: [(name: String, colour: RGBColour)],
        values: @escaping (borrowing SegmentedTile) -> [UInt8]
    ) throws {
        let folder = try PendingFolder(path: path)
        self.folder = folder
        self.values = values
        writer = try folder.writing {
            try ZarrShareWriter(folder: folder.temporaryPath, width: width, height: height, name: name, channels: channels)
        }
    }

    var paths: [String] { [folder.path] }

    func write(_ tile: borrowing SegmentedTile) throws {
        let (core, values) = (tile.tile.core, values(tile))
        try folder.writing { try values.withUnsafeBytes { try writer.write(core, from: $0) } }
    }

    func seal() throws {
        writer.finish()
        try folder.synchronise()
    }

    func publish() throws { try folder.commit() }
}
