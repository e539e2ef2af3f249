internal import Core

/// What the coordinator needs to put a segmented tile in its place.
struct TileContext: Sendable {
    let tile: Tile
    /// Source pixels of the core; nil unless an output shows them.
    let pixels: PixelBuffer?
}

/// The tile jobs of one image, from the top to the bottom; memory is one band of tiles with its halo.
struct ImageTiles: AsyncSequence, Sendable {
    typealias Element = PlannedJob<TileJob, TileContext>

    let image: String
    let grid: TileGrid
    let model: ContentHash
    let probabilities: TileJob.ProbabilityType?
    let uncertainty: TileJob.ProbabilityType?
    let keepsPixels: Bool
    let clock: PhaseClock

    func makeAsyncIterator() -> Iterator {
        Iterator(source: self, windows: TileWindows(image: image, grid: grid, clock: clock))
    }

    struct Iterator: AsyncIteratorProtocol {
        let source: ImageTiles
        var windows: TileWindows

        mutating func next() async throws -> Element? {
            guard let (tile, window) = try windows.next() else { return nil }
            return PlannedJob(
                label: "\(source.image): tile \(tile.index)",
                job: TileJob(
                    model: source.model,
                    window: WindowDocument(pixels: window, core: tile.core.relative(to: tile.window)),
                    probabilities: source.probabilities, uncertainty: source.uncertainty),
                context: TileContext(tile: tile, pixels: source.keepsPixels ? windows.corePixels(of: tile) : nil))
        }
    }
}
