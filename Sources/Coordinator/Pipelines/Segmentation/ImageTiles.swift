internal import Imaging
internal import Jobs
internal import Primitives
internal import Protocol

/// A tile that is done, and the image that it is of.
struct DeliveredTile: Sendable {
    let tile: SegmentedTile
    /// Its position in the batch.
    let image: Int
}

/// The tile jobs of the images of a batch: one image after the other, each from the top to the bottom.
struct BatchTiles: AsyncSequence, Sendable {
    let batch: ImageBatch

    func makeAsyncIterator() -> Iterator { Iterator(batch: batch) }

    struct Iterator: AsyncIteratorProtocol {
        let batch: ImageBatch
        private var tiles: ImageTiles.Iterator?
        private var nextImage = 0
        private var jobCount = 0

        init(batch: ImageBatch) { self.batch = batch }

        mutating func next() async throws -> DispatchJob<DeliveredTile>? {
            while true {
                if let image = tiles?.number {
                    var failure: (any Error)?
                    do {
                        if let job = try await tiles?.next() {
                            jobCount += 1
                            return job
                        }
                    } catch {
                        try batch.checkCancellation()
                        failure = error
                    }
                    tiles = nil
                    try await batch.endHandingOut(image, failure)
                }
                guard nextImage < batch.works.count else { return nil }
                tiles = try await batch.open(nextImage, firstJob: jobCount)?.makeIterator()
                nextImage += 1
            }
        }
    }
}

/// The tile jobs of one image, from the top to the bottom, and of a stack plane after plane.
struct ImageTiles: Sendable {
    /// Position of the image in the batch.
    let number: Int
    let image: ImageInput
    let info: ImageInfo
    /// Planes.
    let pages: Int
    /// Of one plane.
    let grid: TileGrid
    let gate: RowGate
    let batch: ImageBatch
    let access: ImageAccess
    let model: ContentHash
    /// How the maps are asked for.
    let elements: [MapKind: WireElement]
    let nonce: String
    let keepsPixels: Bool
    let classCount: Int
    let clock: PhaseClock
    /// Outside of it nothing is computed; nil for the whole image.
    let region: RegionOfInterest?
    /// Of the votes, as of `TileJob.smoothing`.
    let smoothing: [UInt32]?
    /// The maps whose tiles workers may write themselves.
    var shared: [SharedMap] = []

    /// A tile of which nothing lies in the region.
    private func emptyTile(_ tile: Tile, page: Int, pixels: PixelBuffer?) -> SegmentedTile {
        var sent: [MapKind: [UInt8]] = [:]
        for (kind, element) in elements {
            let count = tile.core.area * (kind.content.isPerClass ? classCount : 1)
            sent[kind] = [UInt8](repeating: kind.content.isShares ? 0 : MapContent.noClass, count: count * element.byteCount)
        }
        return SegmentedTile(tile, page: page, sent: sent, pixels: pixels)
    }

    /// What a job is asked for.
    private func requests(of tile: PixelRect) -> [MapKind: MapRequest] {
        var requests = elements.mapValues { MapRequest($0) }
        for map in shared { requests[map.kind]?.destination = map.destination(of: tile) }
        return requests
    }

    func makeIterator() throws -> Iterator {
        Iterator(
            source: self, mask: try region?.mask(ofPage: 0),
            windows: TileWindows(image: image, grid: grid, access: access, clock: clock))
    }

    /// The windows of another plane.
    private func windows(ofPage page: Int) throws -> TileWindows {
        let (image, access) = try batch.plane(page, of: image, like: info, isOneTile: grid.count == 1)
        return TileWindows(image: image, grid: grid, access: access, clock: clock)
    }

    struct Iterator {
        private let source: ImageTiles
        private var windows: TileWindows
        private var mask: RegionMask?
        private var page = 0

        fileprivate init(source: ImageTiles, mask: RegionMask?, windows: TileWindows) {
            (self.source, self.mask, self.windows) = (source, mask, windows)
        }

        var number: Int { source.number }

        /// Waits until there is room for the next tile; nil after the last one, and once the image has failed.
        mutating func next() async throws -> DispatchJob<DeliveredTile>? {
            while true {
                switch try await step() {
                case .job(let job): return job
                case .empty: continue
                case .end: return nil
                }
            }
        }

        private enum Step {
            case job(DispatchJob<DeliveredTile>)
            /// A tile without a job, which is written already.
            case empty
            case end
        }

        private mutating func step() async throws -> Step {
            let (number, batch) = (source.number, source.batch)
            let rows = source.grid.rows
            if windows.nextRow == rows, page + 1 < source.pages, await batch.needsJobs(number) {
                page += 1
                windows = try source.windows(ofPage: page)
                mask = try source.region?.mask(ofPage: page)
            }
            await source.gate.wait(forRow: page * rows + windows.nextRow)
            guard await batch.needsJobs(number), let (tile, window) = try windows.next() else { return .end }
            let pixels = source.keepsPixels ? try windows.corePixels(of: tile) : nil
            let part = try mask?.part(tile.core) ?? .whole
            guard await batch.handOut(number) else { return .end }
            if part == .nothing {
                try await batch.add(source.emptyTile(tile, page: page, pixels: pixels), to: number)
                return .empty
            }
            let label = "\(windows.image): tile \(tile.index)"
            return .job(
                DispatchJob(
                    TileJob(
                        model: source.model, window: window.outline, maps: source.requests(of: tile.core),
                        nonce: source.shared.isEmpty ? nil : source.nonce, smoothing: source.smoothing),
                    label: label, window: window, of: windows.access,
                    accept: {
                        [
                            classCount = source.classCount, shared = source.shared, elements = source.elements, page,
                            gaps = window.gaps
                        ] output in
                        for map in shared { try map.check(output, of: tile.core) }
                        let done = try SegmentedTile(
                            tile, page: page, output, pixels: pixels, classCount: classCount, gaps: gaps)
                        return DeliveredTile(tile: done.inside(part, elements: elements), image: number)
                    },
                    failed: { failure in try await batch.add(failure, of: label, to: number) }))
        }
    }
}
