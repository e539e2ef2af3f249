internal import Formats
internal import Imaging
internal import Jobs
internal import Protocol

/// Writes a map as an OME-Zarr folder, tile by tile as they are sent, or as workers say that they have written them.
///
/// Labels are a label image. Shares are 16-bit values, of which 65535 stands for 1, a channel for each plane.
final class ZarrMap: TileWriter {
    private let target: MapTarget
    private let folder: PendingFolder
    private let writer: ZarrMapWriter
    /// What a worker needs to know to write labels; nil for shares.
    private let labels: [UInt16]?
    /// Planes, if the image has a dimension for them.
    private let planeCount: Int?
    private var tiling: ZarrTiling?

    init(_ target: MapTarget) throws {
        let (kind, classes) = (target.kind, target.classes)
        let folder = try PendingFolder(path: target.path, key: target.key)
        (self.target, self.folder) = (target, folder)
        if case .classes = kind.content {
            let colours = zip(target.labels, classes).map { (label: $0, colour: $1.colour) }.sorted { $0.label < $1.label }
            (labels, planeCount) = (target.labels, nil)
            writer = try folder.writing {
                try ZarrMapWriter.labels(
                    folder: folder.temporaryPath, width: target.width, height: target.height, colours: colours,
                    metadata: target.metadata, stack: target.stack)
            }
        } else {
            let white = RGBColour(red: 255, green: 255, blue: 255)
            let channels =
                kind.content.isPerClass
                ? classes.map { (name: $0.name, colour: $0.colour) } : [(name: kind.rawValue, colour: white)]
            (labels, planeCount) = (nil, channels.count > 1 ? channels.count : nil)
            writer = try folder.writing {
                try ZarrMapWriter.shares(
                    folder: folder.temporaryPath, width: target.width, height: target.height, name: kind.rawValue,
                    channels: channels, metadata: target.metadata, stack: target.stack)
            }
        }
    }

    var paths: [String] { [folder.path] }

    func offer(tileSide: Int) throws -> SharedMap? {
        let (width, height) = (target.width, target.height)
        // Workers know tiles of one plane.
        guard target.stack == nil else { return nil }
        guard let tiling = ZarrTiling(width: width, height: height, side: tileSide) else { return nil }
        self.tiling = tiling
        try folder.writing { try writer.admit(tiling) }
        let place = try folder.resolvedPath()
        let nowhere = PixelRect(x: 0, y: 0, width: min(tileSide, width), height: min(tileSide, height))
        return SharedMap(
            kind: target.kind,
            destination: MapDestination(
                folders: SharedNames.names(of: place, countMax: MapDestination.foldersMax), width: width, height: height,
                tileSide: tileSide, tile: nowhere, labels: labels, isStack: planeCount != nil), folder: place,
            planeCount: planeCount ?? 1, isTakenOver: folder.isTakenOver)
    }

    func write(_ tile: borrowing SegmentedTile) throws {
        let (core, page) = (tile.tile.core, tile.page)
        if tile.written.contains(target.kind), let tiling {
            folder.outlivesFailure = folder.isKept
            return try folder.writing { try writer.adopt(core, of: tiling) }
        }
        var values = tile.values(target.kind)
        if let labels { values = ClassLabels.bytes(of: values, labels: labels, byteCount: writer.valueByteCount) }
        try folder.writing { try values.withUnsafeBytes { try writer.write(core, plane: page, from: $0) } }
    }

    func seal() throws {
        writer.finish()
        try folder.synchronise()
    }

    func publish() throws { try folder.commit() }
}
