internal import Imaging
internal import Scheduling

/// One image while it is segmented: the outputs that its tiles are written to, and what has become of its jobs.
actor ImageAssembly {
    /// Its position in the batch.
    nonisolated let number: Int
    nonisolated let work: ImageSegmentation.Work
    nonisolated let grid: TileGrid
    nonisolated let gate: RowGate
    private let makeOutputs: @Sendable () throws -> SegmentationOutputs
    private var outputs: SegmentationOutputs?
    private var rows: OpenRows
    /// Jobs that were handed out and have not come back.
    private var openCount = 0
    /// Whether all jobs that there will be are handed out.
    private var isHandedOut = false
    /// Why the image cannot be segmented.
    private(set) var failure: (any Error)?
    private var givenUp = IncompleteRun()

    /// - Parameter makeOutputs: creates the temporary files; called when the first tile is there, unless `begin` comes before.
    init(
        _ work: ImageSegmentation.Work, number: Int, grid: TileGrid, slots: Int,
        makeOutputs: @escaping @Sendable () throws -> SegmentationOutputs
    ) {
        self.number = number
        self.work = work
        self.grid = grid
        self.makeOutputs = makeOutputs
        gate = RowGate(columns: grid.columns, slots: slots)
        rows = OpenRows(columns: grid.columns)
    }

    /// Creates the outputs.
    func begin() throws { if outputs == nil { outputs = try makeOutputs() } }

    /// The maps whose tiles workers may write themselves.
    func share() throws -> [SharedMap] {
        try begin()
        return try outputs?.offers(tileSide: grid.tileSide) ?? []
    }

    /// One more job is on its way; false if the image has failed, and no more are needed.
    func handOut() -> Bool {
        guard failure == nil else { return false }
        openCount += 1
        return true
    }

    /// No more jobs are on their way.
    func endHandingOut() { isHandedOut = true }

    /// A job has come back.
    func takeBack() { openCount -= 1 }

    /// Whether everything that there will be has come.
    var isSettled: Bool { isHandedOut && openCount == 0 }

    /// Writes a tile. Those of an image that will not be complete are not written, so that they do not fill the memory.
    func write(_ tile: SegmentedTile, clock: PhaseClock) throws {
        guard failure == nil, givenUp.poisonedCount == 0 else { return }
        try clock.measure("write") {
            try begin()
            try outputs?.write(tile)
        }
        rows.add(tile: tile.tile.index)
        gate.open(upTo: rows.first)
    }

    /// The image has failed: nothing more of it is needed. Returns whether that is news.
    func fail(_ error: any Error) -> Bool {
        guard failure == nil else { return false }
        failure = error
        gate.throwOpen()
        outputs = nil
        return true
    }

    /// A tile failed everywhere. The others are done, and kept if the run is.
    func giveUp(_ label: String, cause: String) {
        givenUp.add(label, cause: cause)
        gate.throwOpen()
        outputs = nil
    }

    /// Completes the outputs, and returns their names.
    ///
    /// - Throws: an error that names the tiles, if some were given up.
    func finish() throws -> [String] {
        guard givenUp.poisonedCount == 0 else {
            givenUp.summary.counters.jobsAdded = grid.count
            throw CommandError(.incomplete, givenUp.description)
        }
        guard let outputs, rows.first == grid.rows else { preconditionFailure("\(work.image) was finished before its last tile") }
        self.outputs = nil
        return try outputs.finish()
    }
}
