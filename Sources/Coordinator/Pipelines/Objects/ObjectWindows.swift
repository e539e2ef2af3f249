internal import Formats
internal import Imaging
internal import Jobs

/// The tiles of a label image with their windows of labels, from the top to the bottom.
///
/// A file that stores labels as plain numbers and gives windows is read by the workers, or sent as it is stored; of any other the rows are
/// decoded here, in bands, as training reads them.
struct ObjectWindows {
    /// How a label image is read.
    enum Source {
        case stored
        case rows(LabelInputs)
    }

    let access: ImageAccess
    private let grid: TileGrid
    private let clock: PhaseClock
    private var stored: TileWindows?
    private let rows: ImageWindows?
    private var nextTile = 0

    /// - Throws: `ImageError` of the image.
    init(_ image: ImageInput, _ source: Source, grid: TileGrid, run: Run) throws {
        (self.grid, clock) = (grid, run.clock)
        switch source {
        case .stored:
            access = try run.access(to: image, try image.source, isOneTile: grid.count == 1)
            stored = TileWindows(image: image, grid: grid, access: access, clock: run.clock)
            rows = nil
        case .rows(let inputs):
            access = ImageAccess(reference: nil, locality: nil, pixels: nil, mayLackData: false, tally: run.windowTally)
            rows = ImageWindows(.rows(LabelRows(try inputs.open(image))), path: image.description)
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
    mutating func next() throws -> (tile: Tile, window: TileWindow)? {
        guard let rows else { return try stored?.next() }
        guard nextTile < grid.count else { return nil }
        let tile = grid.tile(row: nextTile / grid.columns, column: nextTile % grid.columns)
        let pixels = try clock.measure("read") {
            if tile.index % grid.columns == 0 { try rows.advance(to: grid.windowRows(ofRow: tile.index / grid.columns)) }
            return try rows.window(tile.window)
        }
        nextTile += 1
        return (tile, access.window(of: pixels, core: tile.core.relative(to: tile.window)))
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
