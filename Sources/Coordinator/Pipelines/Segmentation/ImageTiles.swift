internal import Core

/// The tile jobs of one image, from the top to the bottom; memory is one band of tiles with its halo.
struct ImageTiles: AsyncSequence, Sendable {
    typealias Element = PlannedJob<TileJob, SegmentedTile>

    let image: String
    let grid: TileGrid
    let model: ContentHash
    let probabilities: TileJob.ProbabilityType?
    let uncertainty: TileJob.ProbabilityType?
    let keepsPixels: Bool
    let classCount: Int
    let gate: RowGate
    let clock: PhaseClock

    func makeAsyncIterator() -> Iterator {
        Iterator(source: self, windows: TileWindows(image: image, grid: grid, clock: clock))
    }

    struct Iterator: AsyncIteratorProtocol {
        let source: ImageTiles
        var windows: TileWindows

        mutating func next() async throws -> Element? {
            await source.gate.wait(forRow: windows.nextRow)
            guard let (tile, window) = try windows.next() else { return nil }
            let pixels = source.keepsPixels ? windows.corePixels : nil
            return PlannedJob(
                label: "\(source.image): tile \(tile.index)",
                job: TileJob(
                    model: source.model,
                    window: WindowDocument(pixels: window, core: tile.core.relative(to: tile.window)),
                    probabilities: source.probabilities, uncertainty: source.uncertainty),
                accept: { [classCount = source.classCount] output in
                    try SegmentedTile(tile, output, pixels: pixels, classCount: classCount)
                })
        }
    }
}
