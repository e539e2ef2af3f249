internal import ArgumentParser
internal import Features
internal import Forest
internal import Formats
internal import Imaging
internal import Jobs
internal import Primitives
internal import Protocol
internal import Synchronization

/// One image on its way from file to file: the thread that needs a tile reads it, and the thread that completes a band writes it.
///
/// Memory is one band of pixels, and the bands of labels that are in work.
final class StreamedSegmentation: Sendable {
    let grid: TileGrid
    private let model: ModelFile
    private let source: Lock<TileSource>
    private let target: Lock<BandTarget>

    init(image: String, output: String, model: ModelFile, tileSide: Int) throws {
        let reader = BandReader(try ImageFile.open(path: image))
        guard reader.info.channels == model.spec.channels else {
            throw ValidationError("\(image): expected \(model.spec.channels) channels, found \(reader.info.channels)")
        }
        grid = TileGrid(
            imageWidth: reader.info.width, imageHeight: reader.info.height, tileSide: tileSide,
            haloPixels: model.spec.haloPixels)
        self.model = model
        source = Lock(TileSource(reader: reader, grid: grid))
        target = Lock(try BandTarget(path: output, grid: grid, classes: model.model.classes))
    }

    /// Segments the image; to be called once.
    func run(on team: SlotTeam) throws {
        try team.run(grid.count) { [self] slot, _ in
            // Not the tile of the piece's number: tiles must leave the source in its own order.
            let (tile, window) = try source.withLock { try $0.next() }
            let labels = labels(of: tile, window: window, in: slot)
            try target.withLock { try $0.add(tile, labels) }
        }
        try target.withLock { try $0.finish() }
    }

    private func labels(of tile: Tile, window: PixelBuffer, in slot: Slot) -> [UInt8] {
        let core = tile.core.relative(to: tile.window)
        return [UInt8](unsafeUninitializedCapacity: core.area) { labels, count in
            guard let labels = labels.baseAddress else { return }
            let rowsPerBand = TileJob.rowsPerBand
            let byteCount = FeatureExtractor.bandByteCount(core: core, spec: model.spec, rowsPerBand: rowsPerBand)
            slot.withBins(byteCount) { bins in
                slot.features.binBands(
                    of: window, core: core, spec: model.spec, edges: model.model.edges, rowsPerBand: rowsPerBand, band: bins
                ) { rows, planeStride in
                    slot.prediction.labels(
                        bins: bins, planeStride: planeStride, width: core.width, height: rows.count, predictor: model.predictor,
                        into: labels + rows.lowerBound * core.width)
                }
            }
            count = core.area
        }
    }
}

/// The tiles of a streamed image, in row-major order.
private struct TileSource {
    private let reader: BandReader
    private let grid: TileGrid
    private var nextTile = 0

    init(reader: sending BandReader, grid: TileGrid) {
        self.reader = reader
        self.grid = grid
    }

    /// - Precondition: called once for each tile of the grid.
    mutating func next() throws -> (Tile, PixelBuffer) {
        let (row, column) = (nextTile / grid.columns, nextTile % grid.columns)
        let tile = grid.tile(row: row, column: column)
        if column == 0 { try reader.advance(to: grid.windowRows(ofRow: row)) }
        nextTile += 1
        return (tile, reader.window(tile.window))
    }
}

/// The label file, written band by band as the bands become complete.
private struct BandTarget {
    private let writer: PNGRowWriter
    private let grid: TileGrid
    /// `[class]`: the label in the file.
    private let labels: [UInt8]
    /// Bands in work by grid row.
    private var open: [Int: (pixels: [UInt8], missing: Int)] = [:]
    private var nextRow = 0

    init(path: String, grid: TileGrid, classes: [SegmentationClass]) throws {
        guard let largest = classes.last?.label, largest <= 255 else {
            throw ValidationError("expected a model with labels up to 255, found \(classes.last?.label ?? 0)")
        }
        labels = classes.map { UInt8($0.label) }
        self.grid = grid
        var palette = (0...largest).map { RGBColour(red: UInt8($0), green: UInt8($0), blue: UInt8($0)) }
        for one in classes { palette[one.label] = one.colour }
        writer = try PNGRowWriter(path: path, width: grid.imageWidth, height: grid.imageHeight, kind: .palette8(palette))
    }

    /// Takes the class indices of a tile's core.
    mutating func add(_ tile: Tile, _ classes: [UInt8]) throws {
        let (core, width) = (tile.core, grid.imageWidth)
        let row = tile.index / grid.columns
        var band = open.removeValue(forKey: row) ?? ([UInt8](repeating: 0, count: core.height * width), grid.columns)
        for y in 0..<core.height {
            for x in 0..<core.width { band.pixels[y * width + core.x + x] = labels[Int(classes[y * core.width + x])] }
        }
        band.missing -= 1
        open[row] = band
        while let next = open[nextRow], next.missing == 0 {
            try next.pixels.withUnsafeBytes { try writer.write(next.pixels.count / width, from: $0) }
            open[nextRow] = nil
            nextRow += 1
        }
    }

    func finish() throws { try writer.finish() }
}
