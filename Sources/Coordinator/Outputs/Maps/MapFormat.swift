internal import Formats
internal import Imaging
package import Jobs
package import Protocol

/// A file format of maps. **To add one:** a case and its lines here, and a type that writes it.
enum MapFormat: CaseIterable {
    /// An image file of a format that `ImageFormat` writes: one for each plane.
    case image
    /// A NumPy array: float32, or integers of labels.
    case array
    /// An OME-Zarr folder with a pyramid, into which workers may write.
    case zarr

    /// Endings of the names of files.
    var endings: [String] {
        switch self {
        case .image: ImageFormat.writtenEndings
        case .array: NPYHeader.endings
        case .zarr: ImageFormat.omeZarr.endings
        }
    }

    /// The format of a file of this name.
    init(ofPath path: String) {
        let ending = FilePath(path).ending
        self = Self.allCases.first { $0.endings.contains(ending) } ?? .image
    }

    /// Whether maps of this content can be written.
    func holds(_ content: MapContent) -> Bool {
        switch (self, content) {
        case (.image, _), (.array, .classes), (.array, .shares), (.zarr, .classes), (.zarr, .shares): true
        case (.array, .blend), (.zarr, .blend): false
        }
    }

    /// Whether a file of this name can hold the maps of all planes of a stack. An array is read back as one plane: one of labels is.
    func holdsStack(_ path: String, of content: MapContent) -> Bool {
        switch self {
        case .image: ImageFormat.tiff.endings.contains(FilePath(path).ending)
        case .array: content.isShares
        case .zarr: true
        }
    }

    /// The element in which workers are asked for the values; nil if they do not make such maps.
    func element(of content: MapContent) -> WireElement? { self == .array ? content.elements.last : content.elements.first }

    /// Creates the temporary files.
    func writer(of target: MapTarget) throws -> any TileWriter {
        switch self {
        case .image: try ImageMap(target)
        case .array: try ArrayMap(target)
        case .zarr: try ZarrMap(target)
        }
    }
}

extension MapKind {
    /// Endings of the names of files that hold such a map.
    package var endings: [String] { MapFormat.allCases.filter { $0.holds(content) }.flatMap(\.endings) }

    /// The files of a map of this name: a folder or an array is one, images are one for each plane.
    ///
    /// `{class}` in the name stands for the class name; without it, the class name goes before the extension: `p.png` → `p-cell.png`.
    /// Class names are made safe for file names; if two become equal, all get their label added.
    package func files(_ path: String, classes: [SegmentationClass]) -> [String] {
        guard content.isPerClass, MapFormat(ofPath: path) == .image else { return [path] }
        var names = classes.map { one in
            String(one.name.map { $0.isLetter || $0.isNumber || "-_. ".contains($0) ? $0 : "_" }.prefix(100))
        }
        if Set(names).count < names.count { names = zip(names, classes).map { "\($0)-\($1.label)" } }
        let file = FilePath(path)
        return names.map { name in
            if path.contains("{class}") { return path.replacing("{class}", with: name) }
            return file.sibling("\(file.stem)-\(name).\(file.ending)")
        }
    }
}

/// A map of one image that is to be written.
struct MapTarget {
    let kind: MapKind
    let path: String
    /// As of `PendingFolder`.
    let key: String?
    /// Of the image, in pixels.
    let width: Int
    let height: Int
    let classes: [SegmentationClass]
    /// Where the image's pixels lie.
    let metadata: ImageMetadata
    /// The planes; nil for a single one.
    let stack: StackShape?

    /// The label of each class.
    var labels: [UInt16] { classes.map { UInt16($0.label) } }
}

/// One tile as it comes back from a worker, checked against the model.
struct SegmentedTile: Sendable {
    let tile: Tile
    /// The plane of a stack.
    let page: Int
    /// The maps that were sent, little-endian: `[row][column]`, or `[class][row][column]`.
    let sent: [MapKind: [UInt8]]
    /// The maps whose chunks the worker has written.
    let written: Set<MapKind>
    /// Why the worker, which may write maps, did not.
    let unwritten: String?
    /// Source pixels of the core, for overlays.
    let pixels: PixelBuffer?

    /// - Parameter gaps: pixels of the tile that have no data.
    /// - Throws: `WireError.invalid` for a result that cannot be the job's.
    init(
        _ tile: Tile, page: Int = 0, _ output: TileJob.Output, pixels: PixelBuffer?, classCount: Int, gaps: TileGaps
    ) throws(WireError) {
        var sent: [MapKind: [UInt8]] = [:]
        for (kind, result) in output.maps {
            guard let array = result.sent else { continue }
            try kind.content.check(
                array, width: tile.core.width, height: tile.core.height, classCount: classCount, gaps: gaps,
                name: kind.rawValue)
            sent[kind] = [UInt8](array.bytes)
        }
        (self.tile, self.page, self.sent, self.pixels) = (tile, page, sent, pixels)
        written = Set(output.maps.filter { $0.value.written != nil }.keys)
        unwritten = output.unwritten
    }

    /// A tile that is made here.
    init(_ tile: Tile, page: Int, sent: [MapKind: [UInt8]], pixels: PixelBuffer?) {
        (self.tile, self.page, self.sent, self.pixels) = (tile, page, sent, pixels)
        (written, unwritten) = ([], nil)
    }

    /// The values of a map that was sent.
    func values(_ kind: MapKind) -> [UInt8] {
        guard let values = sent[kind] else { preconditionFailure("no \(kind.rawValue) with tile \(tile.index)") }
        return values
    }
}

/// Writes one map of an image, tile by tile in any order.
///
/// Not safe to share between threads.
protocol TileWriter: AnyObject {
    func write(_ tile: borrowing SegmentedTile) throws

    /// Prepares the output for workers that write tiles of this side themselves, and returns how; nil if they cannot.
    func offer(tileSide: Int) throws -> SharedMap?

    /// Completes the content, on disk, still under a temporary name. Comes once all tiles are written.
    func seal() throws

    /// Gives the output its final name. Comes once all outputs of the image are sealed.
    func publish() throws

    /// The final names of the files written.
    var paths: [String] { get }
}

extension TileWriter {
    func offer(tileSide: Int) throws -> SharedMap? { nil }
}
