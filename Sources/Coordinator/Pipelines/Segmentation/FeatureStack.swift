internal import Core
internal import Foundation

/// From an image to the array of all features of all its pixels.
struct FeatureStack: Sendable {
    let image: String
    let spec: FeatureSpec
    let tileSideMax: Int
    let cluster: Cluster

    /// Memory for one band of tiles.
    private static let bandBytesMax = 1 << 28

    /// The side at which neither a job's result nor a band of tiles grows too large.
    private func tileSide(forImageOf width: Int) -> Int {
        let pixelByteCount = spec.featureCount * MemoryLayout<Float>.size
        let perResult = Int(Double(PlaneJob.resultBytesMax / 4 / pixelByteCount).squareRoot())
        return max(1, min(tileSideMax, perResult, Self.bandBytesMax / (width * pixelByteCount)))
    }

    /// Writes a float32 `.npy` of the shape (height, width, features), band by band.
    func write(to path: String) async throws {
        let info = try ImageFile.source(path: image).info
        let side = try BandBudget(rowByteCount: info.rowByteCount, haloPixels: spec.haloPixels)
            .tileSide(nil, preferred: tileSide(forImageOf: info.width), image: image)
        let phase = try cluster.phase("features", of: image, grain: side)
        let grid = TileGrid(
            imageWidth: info.width, imageHeight: info.height, tileSide: phase.grain, haloPixels: spec.haloPixels)
        let assembly = FeatureAssembly(
            file: try NPYMapFile(path: path, shape: [info.height, info.width, spec.featureCount]), grid: grid,
            featureCount: spec.featureCount)
        // Bands of floats are large: no more than two are open.
        let gate = RowGate(rowsAhead: 2)
        cluster.progress.begin("features", unit: "tiles", total: grid.count)
        try await cluster.clock.measure("features") {
            let tiles = PlaneTiles(
                image: image, grid: grid, reference: try cluster.reference(to: image), spec: spec, gate: gate,
                clock: cluster.clock)
            try await cluster.run(tiles, of: phase, count: grid.count, gate: gate) { result in
                gate.open(upTo: try await assembly.add(result.tile, result.planes))
                cluster.progress.advance(by: 1)
            }
        }
        cluster.progress.end()
        try await cluster.clock.measure("write") { try await assembly.finish() }
    }
}

/// The features of one tile: float32 `[feature][row][column]`.
private struct TilePlanes: Sendable {
    let tile: Tile
    let planes: WireArray
}

/// The plane jobs of one image, from the top to the bottom.
private struct PlaneTiles: AsyncSequence, Sendable {
    typealias Element = PlannedJob<PlaneJob, TilePlanes>

    let image: String
    let grid: TileGrid
    let reference: ImageReference?
    let spec: FeatureSpec
    let gate: RowGate
    let clock: PhaseClock

    func makeAsyncIterator() -> Iterator {
        Iterator(windows: TileWindows(image: image, grid: grid, reference: reference, clock: clock), spec: spec, gate: gate)
    }

    struct Iterator: AsyncIteratorProtocol {
        var windows: TileWindows
        let spec: FeatureSpec
        let gate: RowGate

        mutating func next() async throws -> Element? {
            await gate.wait(forRow: windows.nextRow)
            guard let (tile, window) = try windows.next() else { return nil }
            return PlannedJob(
                label: "\(windows.image): tile \(tile.index)",
                job: PlaneJob(spec: spec, window: window),
                accept: { output in TilePlanes(tile: tile, planes: output.planes) })
        }
    }
}

/// The feature array while its tiles come in.
private actor FeatureAssembly {
    private let file: NPYMapFile
    private let grid: TileGrid
    private let featureCount: Int
    private var open: [Int: (values: [Float], missing: Int)] = [:]
    private var nextRow = 0

    init(file: sending NPYMapFile, grid: TileGrid, featureCount: Int) {
        self.file = file
        self.grid = grid
        self.featureCount = featureCount
    }

    /// Takes one tile, and returns the first row of tiles that is not written.
    func add(_ tile: Tile, _ planes: WireArray) throws -> Int {
        let row = tile.index / grid.columns
        let core = tile.core
        var band =
            open.removeValue(forKey: row)
            ?? ([Float](repeating: 0, count: core.height * grid.imageWidth * featureCount), grid.columns)
        planes.bytes.withUnsafeBytes { planes in
            band.values.withUnsafeMutableBufferPointer { values in
                for feature in 0..<featureCount {
                    for y in 0..<core.height {
                        let source = (feature &* core.height &+ y) &* core.width
                        let target = (y &* grid.imageWidth &+ core.x) &* featureCount &+ feature
                        for x in 0..<core.width {
                            values[target &+ x &* featureCount] = planes.loadUnaligned(
                                fromByteOffset: (source &+ x) &* 4, as: Float.self)
                        }
                    }
                }
            }
        }
        band.missing -= 1
        open[row] = band
        while let next = open[nextRow], next.missing == 0 {
            try file.write(rows: grid.tile(row: nextRow, column: 0).core.height, next.values)
            open[nextRow] = nil
            nextRow += 1
        }
        return nextRow
    }

    func finish() throws {
        try file.seal()
        try file.publish()
    }
}
