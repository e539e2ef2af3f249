internal import Formats
internal import Imaging
internal import Jobs

/// The tiles of a label image with their windows of labels, from the top to the bottom.
///
/// A file that stores labels as plain numbers and gives windows is read by the workers, or sent as it is stored; of any other the rows are
/// decoded here, in bands, as training reads them. Windows that lie partly outside of a region are read here in any case, and are 0 there.
struct ObjectWindows {
    /// How a label image is read.
    enum Source {
        case stored
        case rows(LabelInputs)
    }

    /// A tile, and what a job on it needs.
    struct Place {
        let tile: Tile
        /// Nil if nothing of it lies in the region: all its labels are 0.
        let window: TileWindow?
        /// Pixels of the window that lie outside of the region.
        let outsideCount: Int
    }

    let access: ImageAccess
    private let grid: TileGrid
    private let clock: PhaseClock
    private var stored: TileWindows?
    private let rows: ImageWindows?
    private let mask: RegionMask?
    /// The windows that are read here although workers read the others; nil if all labels are decoded here.
    private let cut: SharedWindows?
    private var nextTile = 0

    /// - Parameter region: outside of it there are no labels; nil for the whole image.
    /// - Throws: `ImageError` of the image, and of the region.
    init(_ image: ImageInput, _ source: Source, within region: RegionOfInterest?, grid: TileGrid, run: Run) throws {
        (self.grid, clock) = (grid, run.clock)
        mask = try region?.mask(ofPage: 0)
        switch source {
        case .stored:
            access = try run.access(to: image, try image.source, isOneTile: grid.count == 1)
            stored = TileWindows(image: image, grid: grid, access: access, clock: run.clock)
            (rows, cut) = (nil, SharedWindows(image, clock: run.clock))
        case .rows(let inputs):
            access = ImageAccess(reference: nil, locality: nil, pixels: nil, mayLackData: false, tally: run.windowTally)
            rows = ImageWindows(.rows(LabelRows(try inputs.open(image))), path: image.description)
            cut = nil
        }
    }

    /// How a label image is read under some rules, and what is said of it.
    static func source(
        of image: ImageInput, _ rules: LabelRules
    ) throws -> (source: Source, info: ImageInfo, labels: LabelInputs) {
        if rules == .none {
            let pixels = try ImageFile.labelPixels(path: image.path, image.selection)
            if pixels.storage == .numbers, !pixels.hasOpacity, pixels.transparent.isEmpty,
                case .windows(let reader) = try image.source,
                reader.info.channels == 1, !reader.info.sampleType.isFloat
            {
                return (.stored, reader.info, .plain)
            }
        }
        let inputs = try LabelInputs([LabelInputs.Use(labels: image, image: nil)], rules, for: .comparison)
        let rows = try inputs.open(image)
        let info = ImageInfo(width: rows.width, height: rows.height, channels: 1, sampleType: .uint16)
        return (.rows(inputs), info, inputs)
    }

    /// The next tile in row-major order; nil after the last one.
    mutating func next() throws -> Place? {
        guard nextTile < grid.count else { return nil }
        let tile = grid.tile(row: nextTile / grid.columns, column: nextTile % grid.columns)
        nextTile += 1
        let part = try mask.map { mask in try clock.measure("read") { try mask.part(tile.window) } } ?? .whole
        let asStored = try stored?.next()
        return Place(
            tile: tile, window: part == .nothing ? nil : try window(of: tile, part, asStored: asStored?.window),
            outsideCount: part.outsideCount(of: tile.window.area))
    }

    /// - Parameter asStored: the window as workers may read it.
    private func window(of tile: Tile, _ part: RegionMask.Part, asStored: TileWindow?) throws -> TileWindow {
        if part == .whole, let asStored { return asStored }
        let pixels: PixelBuffer
        if let rows {
            pixels = try clock.measure("read") {
                try rows.advance(to: grid.windowRows(ofRow: tile.index / grid.columns))
                return try rows.window(tile.window)
            }
        } else {
            guard let cut else { preconditionFailure("labels that are neither stored nor decoded") }
            pixels = try cut.window(tile.window)
        }
        return access.window(of: pixels.inside(part), core: tile.core.relative(to: tile.window))
    }
}

/// The rows of a label map as those of an image.
private final class LabelRows: RowReader {
    let info: ImageInfo
    private let labels: any LabelRowReader

    init(_ labels: any LabelRowReader) {
        self.labels = labels
        info = ImageInfo(width: labels.width, height: labels.height, channels: 1, sampleType: .uint16)
    }

    func read(_ count: Int, into rows: UnsafeMutableRawBufferPointer) throws(ImageError) {
        // Of little-endian machines alone, as all that the product runs on.
        var line = [UInt16](repeating: 0, count: count * info.width)
        try line.withUnsafeMutableBufferPointer { (line) throws(ImageError) in try labels.read(count, into: line) }
        line.withUnsafeBytes { rows.copyMemory(from: $0) }
    }
}
