internal import Core

/// The tile jobs of one image, from the top to the bottom.
struct ImageTiles: AsyncSequence, Sendable {
    typealias Element = PlannedJob<TileJob, SegmentedTile>

    let image: ImageInput
    let grid: TileGrid
    let access: ImageAccess
    let model: ContentHash
    let probabilities: TileJob.ProbabilityType?
    let uncertainty: TileJob.ProbabilityType?
    let keepsPixels: Bool
    let classCount: Int
    let gate: RowGate
    let clock: PhaseClock

    func makeAsyncIterator() -> Iterator {
        Iterator(source: self, windows: TileWindows(image: image, grid: grid, access: access, clock: clock))
    }

    struct Iterator: AsyncIteratorProtocol {
        let source: ImageTiles
        var windows: TileWindows

        mutating func next() async throws -> Element? {
            await source.gate.wait(forRow: windows.nextRow)
            guard let (tile, window) = try windows.next() else { return nil }
            let pixels = source.keepsPixels ? try windows.corePixels(of: tile) : nil
            return PlannedJob(
                label: "\(source.image): tile \(tile.index)",
                job: TileJob(
                    model: source.model, window: window.outline, probabilities: source.probabilities,
                    uncertainty: source.uncertainty),
                window: window, of: source.access,
                accept: { [classCount = source.classCount] output in
                    try SegmentedTile(tile, output, pixels: pixels, classCount: classCount)
                })
        }
    }
}
