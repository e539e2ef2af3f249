internal import Core
internal import Synchronization

/// From an image and a model to label, probability, uncertainty and overlay files.
struct ImageSegmentation: Sendable {
    let model: SegmentationModel
    /// The model's blob, which every worker gets once.
    let hash: ContentHash
    /// Side of the tiles; nil chooses one for each image.
    let tileSide: Int?
    let cluster: Cluster

    /// The largest of 1024, 512 and 256 that gives every slot two tiles.
    static func tileSide(forImageOf width: Int, _ height: Int, slots: Int) -> Int {
        [1024, 512].first { side in
            TileGrid(imageWidth: width, imageHeight: height, tileSide: side, haloPixels: 0).count >= 2 * slots
        } ?? 256
    }

    /// Throws unless the model can segment this image.
    func check(_ image: ImageInput) throws {
        let info = try image.source.info
        guard case .pixels(let spec, let sampleType) = model.input else {
            throw CommandError(
                .badInput,
                "expected a model that was trained on images, found one that was trained on a table; use coppice predict")
        }
        guard info.channels == spec.channels, info.sampleType == sampleType else {
            throw CommandError(
                .badInput,
                "\(image): expected \(spec.channels) channels of \(sampleType.rawValue) as the model was trained on, "
                    + "found \(info.channels) of \(info.sampleType.rawValue)")
        }
    }

    /// Segments one image, which `check` has let through, and returns the names of the files written.
    ///
    /// - Parameter number: of its phase; nil for the next one.
    func segment(_ image: ImageInput, number: Int? = nil, to paths: OutputPaths) async throws -> [String] {
        let source = try image.source
        let info = source.info
        let isBanded = if case .rows = source { true } else { false }
        guard case .pixels(let spec, _) = model.input else { preconditionFailure("\(image) was not checked") }
        let slots = await cluster.slots
        let side = try BandBudget(rowByteCount: isBanded ? info.rowByteCount : 0, haloPixels: spec.haloPixels)
            .tileSide(
                tileSide, preferred: Self.tileSide(forImageOf: info.width, info.height, slots: slots),
                image: image.description)
        let phase = try cluster.phase("segment", of: image.description, number: number, grain: side)
        let grid = TileGrid(
            imageWidth: info.width, imageHeight: info.height, tileSide: phase.grain, haloPixels: spec.haloPixels)
        let probabilities = paths.probabilities.map(OutputPaths.probabilityType(of:))
        let uncertainty = paths.uncertainty.map(OutputPaths.probabilityType(of:))
        cluster.progress.say(
            MemoryPlan(
                segmenting: grid, rowByteCount: info.rowByteCount, isBanded: isBanded,
                modelBytes: cluster.shelf.byteCount(of: hash), slots: slots
            ).line)
        let gate = RowGate(columns: grid.columns, slots: slots)
        let tiles = ImageTiles(
            image: image, grid: grid, access: try cluster.access(to: image, source, isOneTile: grid.count == 1), model: hash,
            probabilities: probabilities,
            uncertainty: uncertainty,
            keepsPixels: paths.overlay != nil, classCount: model.classes.count, gate: gate, clock: cluster.clock)
        let assembly = ImageAssembly(
            outputs: try SegmentationOutputs(paths: paths, width: info.width, height: info.height, classes: model.classes),
            grid: grid)
        cluster.progress.begin("segmenting", unit: "tiles", total: grid.count)
        try await cluster.clock.measure("segment") {
            try await cluster.run(tiles, of: phase, count: grid.count, gate: gate) { tile in
                gate.open(upTo: try await assembly.add(tile, clock: cluster.clock))
                cluster.progress.advance(by: 1)
            }
        }
        cluster.progress.end()
        return try await cluster.clock.measure("write") { try await assembly.finish() }
    }
}

/// The outputs of one image while its tiles come in.
private actor ImageAssembly {
    private let outputs: SegmentationOutputs
    private let grid: TileGrid
    private var rows: OpenRows

    init(outputs: sending SegmentationOutputs, grid: TileGrid) {
        self.outputs = outputs
        self.grid = grid
        rows = OpenRows(columns: grid.columns)
    }

    /// Takes one tile, and returns the first row of tiles that is not written.
    func add(_ tile: SegmentedTile, clock: PhaseClock) throws -> Int {
        try clock.measure("write") { try outputs.write(tile) }
        rows.add(tile: tile.tile.index)
        return rows.first
    }

    func finish() throws -> [String] {
        precondition(rows.first == grid.rows, "an image was finished before its last tile")
        return try outputs.finish()
    }
}
