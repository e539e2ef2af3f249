internal import Imaging
internal import Jobs
internal import Objects
internal import Protocol

/// A tile of objects as it came back.
struct FoundTile: Sendable {
    let tile: Tile
    let objects: ObjectTile
}

extension FoundTile {
    /// A tile without objects.
    init(_ tile: Tile) { self.init(tile: tile, objects: ObjectTile(width: tile.core.width, height: tile.core.height)) }
}

/// What is known of an object extraction before its first job.
struct ObjectPlan: Sendable {
    let labels: ImageInput
    let labelSource: ObjectWindows.Source
    let info: ImageInfo
    let rules: ObjectRules
    /// Images whose values are measured, and whose shares.
    let image: ImageInput?
    let imageInfo: ImageInfo?
    let probabilities: ImageInput?
    let probabilityInfo: ImageInfo?
    /// The channel of the probabilities of each class of the rules.
    let channels: [Int]?
    let marksJunctions: Bool
    let wantsRuns: Bool
    /// Outside of it there are no objects; nil for the whole image.
    let region: RegionOfInterest?
    var grid: TileGrid

    /// For each channel of values of a part: whether its sums are of floats.
    var isFloat: [Bool] {
        (imageInfo.map { Array(repeating: $0.sampleType.isFloat, count: $0.channels) } ?? [])
            + (probabilityInfo.map { [$0.sampleType.isFloat] } ?? [])
    }
}

/// The object jobs of a label image, from the top to the bottom.
struct ObjectTiles: AsyncSequence, Sendable {
    typealias Element = DispatchJob<FoundTile>

    let plan: ObjectPlan
    let gate: RowGate
    let run: Run
    /// Takes tiles without a job, of which nothing lies in the region.
    let takeEmpty: @Sendable (FoundTile) async throws -> Void

    func makeAsyncIterator() -> Iterator { Iterator(plan: plan, gate: gate, run: run, takeEmpty: takeEmpty) }

    struct Iterator: AsyncIteratorProtocol {
        let plan: ObjectPlan
        let gate: RowGate
        let run: Run
        let takeEmpty: @Sendable (FoundTile) async throws -> Void
        private var labels: ObjectWindows?
        private var image: TileWindows?
        private var probabilities: TileWindows?
        private var nextTile = 0

        init(
            plan: ObjectPlan, gate: RowGate, run: Run, takeEmpty: @escaping @Sendable (FoundTile) async throws -> Void
        ) {
            (self.plan, self.gate, self.run, self.takeEmpty) = (plan, gate, run, takeEmpty)
        }

        mutating func next() async throws -> Element? {
            while nextTile < plan.grid.count {
                try run.checkCancellation()
                await gate.wait(forRow: nextTile / plan.grid.columns)
                if labels == nil {
                    labels = try ObjectWindows(plan.labels, plan.labelSource, within: plan.region, grid: plan.grid, run: run)
                    image = try windows(of: plan.image)
                    probabilities = try windows(of: plan.probabilities)
                }
                guard let place = try labels?.next(), let access = labels?.access else { return nil }
                nextTile += 1
                if let window = place.window {
                    let (values, shares) = (try image?.next()?.window, try probabilities?.next()?.window)
                    return job(place.tile, window, access, values, shares)
                }
                image?.skip()
                probabilities?.skip()
                // Once a job is given up, nothing is written any more.
                if !gate.isThrownOpen { try await takeEmpty(FoundTile(place.tile)) }
            }
            return nil
        }

        /// The cores of the tiles in another image.
        private func windows(of image: ImageInput?) throws -> TileWindows? {
            guard let image else { return nil }
            let grid = TileGrid(
                imageWidth: plan.grid.imageWidth, imageHeight: plan.grid.imageHeight, tileSide: plan.grid.tileSide, haloPixels: 0)
            let access = try run.access(to: image, try image.source, isOneTile: grid.count == 1)
            return TileWindows(image: image, grid: grid, access: access, clock: run.clock)
        }

        private func job(
            _ tile: Tile, _ window: TileWindow, _ access: ImageAccess, _ values: TileWindow?, _ shares: TileWindow?
        ) -> Element {
            var job = ObjectJob(
                rules: plan.rules, window: window.outline, x: tile.core.x, y: tile.core.y, imageWidth: plan.info.width,
                imageHeight: plan.info.height, marksJunctions: plan.marksJunctions, wantsRuns: plan.wantsRuns)
            job.channels = plan.channels
            // For the result it does not matter how pixels came; the body below has them.
            let outline = job
            return DispatchJob(
                outline, label: "\(plan.labels): tile \(tile.index)", locality: access.locality,
                continuesPrevious: window.continuesPrevious,
                adapted: { name in
                    var job = outline
                    job.window = try window.document(name)
                    job.image = try values?.document(nil)
                    job.probabilities = try shares?.document(nil)
                    return job
                },
                accept: { [isFloat = plan.isFloat] output in
                    FoundTile(tile: tile, objects: try ObjectTile(output, of: outline, isFloat: isFloat))
                })
        }
    }
}

/// The pixels of each label of an image, counted by the workers.
struct LabelAreas: Sendable {
    /// `[label]`; 0 is no label.
    let counts: [Int: Int]

    /// - Parameter region: what lies outside of it is not counted, nor as pixels without a label; nil for the whole image.
    /// - Throws: `ImageError` of the image, and of the region; a `CoordinatorError` when workers are lost.
    init(
        _ labels: ImageInput, _ source: ObjectWindows.Source, _ info: ImageInfo, within region: RegionOfInterest?, tileSide: Int,
        run: Run
    ) async throws {
        let phase = try run.phase("areas", of: labels.description, granularity: tileSide)
        let grid = TileGrid(imageWidth: info.width, imageHeight: info.height, tileSide: phase.granularity, haloPixels: 0)
        let sums = AreaSums()
        run.progress.begin("counting", unit: "tiles", total: grid.count)
        try await run.clock.measure("areas") {
            let jobs = AreaTiles(labels: labels, source: source, region: region, grid: grid, run: run)
            // How many tiles have a job is known only then where there is a region.
            try await run.dispatch(jobs, of: phase, count: region == nil ? grid.count : nil) { [progress = run.progress] output in
                await sums.add(output)
                progress.advance(by: 1)
            }
        }
        run.progress.end()
        counts = await sums.counts
    }

    /// The classes that are objects if none are named: all but the background, which is what has the most pixels, unlabelled ones included;
    /// a single class is never the background.
    var foreground: (classes: [UInt16], background: Int?) {
        let labels = counts.keys.filter { $0 > 0 }.sorted()
        let largest = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.first?.key
        let background = labels.count > 1 && largest != 0 ? largest : nil
        return (labels.filter { $0 != background }.map { UInt16($0) }, background)
    }
}

private actor AreaSums {
    private(set) var counts: [Int: Int] = [:]

    func add(_ output: AreaJob.Output) {
        for (label, count) in zip(output.labels, output.counts) { counts[label, default: 0] += count }
    }
}

/// The area jobs of a label image.
private struct AreaTiles: AsyncSequence, Sendable {
    typealias Element = DispatchJob<AreaJob.Output>

    let labels: ImageInput
    let source: ObjectWindows.Source
    let region: RegionOfInterest?
    let grid: TileGrid
    let run: Run

    func makeAsyncIterator() -> Iterator { Iterator(tiles: self) }

    struct Iterator: AsyncIteratorProtocol {
        let tiles: AreaTiles
        private var windows: ObjectWindows?

        init(tiles: AreaTiles) { self.tiles = tiles }

        mutating func next() async throws -> Element? {
            if windows == nil {
                windows = try ObjectWindows(tiles.labels, tiles.source, within: tiles.region, grid: tiles.grid, run: tiles.run)
            }
            while let place = try windows?.next(), let access = windows?.access {
                try tiles.run.checkCancellation()
                guard let window = place.window else {
                    tiles.run.progress.advance(by: 1)
                    continue
                }
                return DispatchJob(
                    AreaJob(window: window.outline), label: "\(tiles.labels): tile \(place.tile.index)", window: window,
                    of: access,
                    accept: { [outside = place.outsideCount] in try $0.subtracting(unlabelled: outside) })
            }
            return nil
        }
    }
}

extension AreaJob.Output {
    /// The counts without those pixels that are unlabelled because they lie outside of the region.
    ///
    /// - Throws: `WireError.invalid` if there are fewer unlabelled ones.
    fileprivate func subtracting(unlabelled count: Int) throws(WireError) -> AreaJob.Output {
        guard count > 0 else { return self }
        guard labels.first == 0, counts[0] >= count else {
            throw .invalid("counts: expected \(count) unlabelled pixels or more, found \(labels.first == 0 ? counts[0] : 0)")
        }
        var inside = self
        inside.counts[0] -= count
        return inside
    }
}
