internal import Core

/// Puts the tiles of one image together, whatever their order, and hands out finished bands from the top to the bottom.
///
/// Memory: the bands between the first unfinished one and the last one begun.
struct BandAssembler {
    private let grid: TileGrid
    private let classCount: Int
    private let probabilityByteCount: Int
    private let uncertaintyByteCount: Int
    private var open: [Int: (band: SegmentedBand, missing: Set<Int>)] = [:]
    private var nextRow = 0

    /// - Parameter probabilities: the element type of the maps that come with every tile; nil for none.
    init(
        grid: TileGrid, classCount: Int, probabilities: TileJob.ProbabilityType?, uncertainty: TileJob.ProbabilityType?
    ) {
        self.grid = grid
        self.classCount = classCount
        probabilityByteCount = probabilities?.element.byteCount ?? 0
        uncertaintyByteCount = uncertainty?.element.byteCount ?? 0
    }

    /// The first row of tiles that has not been handed out.
    var firstOpenRow: Int { nextRow }

    /// Whether every band has been handed out.
    var isComplete: Bool { nextRow == grid.rows }

    /// Takes one tile, and returns the bands that it completes, in order.
    ///
    /// - Precondition: each tile is given once.
    mutating func add(_ tile: SegmentedTile) -> [SegmentedBand] {
        let row = tile.tile.index / grid.columns
        let column = tile.tile.index % grid.columns
        var entry = open.removeValue(forKey: row) ?? (emptyBand(row, tile), Set(0..<grid.columns))
        precondition(entry.missing.remove(column) != nil, "tile \(tile.tile.index) was given twice")
        copy(tile, into: &entry.band)
        open[row] = entry
        var complete: [SegmentedBand] = []
        while let next = open[nextRow], next.missing.isEmpty {
            complete.append(next.band)
            open[nextRow] = nil
            nextRow += 1
        }
        return complete
    }

    private func emptyBand(_ row: Int, _ tile: SegmentedTile) -> SegmentedBand {
        let core = tile.tile.core
        let pixels = core.height * grid.imageWidth
        let blank = { (byteCount: Int) in [UInt8](repeating: 0, count: pixels * byteCount) }
        return SegmentedBand(
            firstRow: core.y, height: core.height, width: grid.imageWidth, classes: blank(1),
            probabilities: blank(probabilityByteCount * classCount),
            uncertainty: blank(uncertaintyByteCount),
            pixels: tile.pixels.map { source in
                PixelBuffer(
                    width: grid.imageWidth, height: core.height, channels: source.channels, sampleType: source.sampleType,
                    bytes: blank(source.channels * source.sampleType.byteCount))
            })
    }

    private func copy(_ tile: SegmentedTile, into band: inout SegmentedBand) {
        let core = tile.tile.core
        let width = grid.imageWidth
        /// Copies `planes` planes of the tile's rows to its columns of the band.
        func paste(_ source: [UInt8], _ target: inout [UInt8], planes: Int, byteCount: Int) {
            let tileRow = core.width * byteCount
            for row in 0..<planes * core.height {
                let start = (row * width + core.x) * byteCount
                target.replaceSubrange(start..<start + tileRow, with: source[row * tileRow..<(row + 1) * tileRow])
            }
        }
        paste(tile.classes, &band.classes, planes: 1, byteCount: 1)
        if probabilityByteCount > 0 {
            paste(tile.probabilities, &band.probabilities, planes: classCount, byteCount: probabilityByteCount)
        }
        if uncertaintyByteCount > 0 {
            paste(tile.uncertainty, &band.uncertainty, planes: 1, byteCount: uncertaintyByteCount)
        }
        if let source = tile.pixels {
            let byteCount = source.channels * source.sampleType.byteCount
            if var pixels = band.pixels?.bytes {
                band.pixels = nil
                paste(source.bytes, &pixels, planes: 1, byteCount: byteCount)
                band.pixels = PixelBuffer(
                    width: width, height: core.height, channels: source.channels, sampleType: source.sampleType, bytes: pixels)
            }
        }
    }
}
