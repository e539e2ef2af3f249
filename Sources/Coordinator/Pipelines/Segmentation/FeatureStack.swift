internal import Features
internal import Foundation
internal import Imaging
internal import Jobs
internal import Protocol

/// From an image to the array of all features of all its pixels.
struct FeatureStack: Sendable {
    let image: ImageInput
    let spec: FeatureSpec
    let tileSideMax: Int
    let run: Run

    /// The side at which a job's result does not grow too large.
    private var tileSide: Int {
        let pixelByteCount = spec.featureCount * MemoryLayout<Float>.size
        return max(1, min(tileSideMax, Int(Double(PlaneJob.resultBytesMax / 4 / pixelByteCount).squareRoot())))
    }

    /// Writes a float32 `.npy` of the shape (height, width, features), tile by tile.
    func write(to path: String) async throws {
        let (tiles, phase) = try plan()
        let (info, clock) = (tiles.info, run.clock)
        let assembly = FeatureAssembly(
            file: try NPYMapFile(path: path, shape: [info.height, info.width, spec.featureCount]),
            featureCount: spec.featureCount)
        run.progress.begin("features", unit: "tiles", total: tiles.grid.count)
        try await compute(tiles, of: phase, into: assembly)
        run.progress.end()
        try await clock.measure("write") { try await assembly.finish() }
    }

    private func plan() throws -> (PlaneTiles, RunPhase) {
        let source = try image.source
        let info = source.info
        let side = try BandBudget(rowByteCount: source.heldRowByteCount, haloPixels: spec.haloPixels)
            .tileSide(nil, preferred: tileSide, image: image.description)
        let phase = try run.phase("features", of: image.description, granularity: side)
        let grid = TileGrid(
            imageWidth: info.width, imageHeight: info.height, tileSide: phase.granularity, haloPixels: spec.haloPixels)
        let access = try run.access(to: image, source, isOneTile: grid.count == 1)
        return (PlaneTiles(image: image, info: info, grid: grid, access: access, spec: spec, clock: run.clock), phase)
    }

    private func compute(_ tiles: PlaneTiles, of phase: RunPhase, into assembly: FeatureAssembly) async throws {
        try await run.clock.measure("features") {
            try await run.dispatch(tiles, of: phase, count: tiles.grid.count) { [progress = run.progress] result in
                try await assembly.add(result.tile, result.planes)
                progress.advance(by: 1)
            }
        }
    }
}

/// The features of one tile: float32 `[feature][row][column]`.
private struct TilePlanes: Sendable {
    let tile: Tile
    let planes: WireArray
}

/// The plane jobs of one image, from the top to the bottom.
private struct PlaneTiles: AsyncSequence, Sendable {
    typealias Element = DispatchJob<TilePlanes>

    let image: ImageInput
    let info: ImageInfo
    let grid: TileGrid
    let access: ImageAccess
    let spec: FeatureSpec
    let clock: PhaseClock

    func makeAsyncIterator() -> Iterator {
        Iterator(windows: TileWindows(image: image, grid: grid, access: access, clock: clock), spec: spec)
    }

    struct Iterator: AsyncIteratorProtocol {
        var windows: TileWindows
        let spec: FeatureSpec

        mutating func next() async throws -> Element? {
            guard let (tile, window) = try windows.next() else { return nil }
            return DispatchJob(
                PlaneJob(spec: spec, window: window.outline), label: "\(windows.image): tile \(tile.index)",
                window: window, of: windows.access,
                accept: { output in TilePlanes(tile: tile, planes: output.planes) })
        }
    }
}

/// The feature array while its tiles come in.
private actor FeatureAssembly {
    private let file: NPYMapFile
    private let featureCount: Int

    init(file: sending NPYMapFile, featureCount: Int) {
        self.file = file
        self.featureCount = featureCount
    }

    /// Writes one tile.
    func add(_ tile: Tile, _ planes: WireArray) throws {
        let pixels = tile.core.area
        let featureCount = featureCount
        let interleaved = planes.bytes.withUnsafeBytes { planes in
            [Float](unsafeUninitializedCapacity: pixels * featureCount) { values, count in
                for feature in 0..<featureCount {
                    for pixel in 0..<pixels {
                        values[pixel &* featureCount &+ feature] = planes.loadUnaligned(
                            fromByteOffset: (feature &* pixels &+ pixel) &* 4, as: Float.self)
                    }
                }
                count = pixels * featureCount
            }
        }
        try file.write(tile.core, interleaved)
    }

    func finish() throws {
        try file.seal()
        try file.publish()
    }
}
