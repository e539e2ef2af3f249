internal import Features
internal import Imaging
internal import Jobs
internal import Protocol
internal import Scheduling
internal import Primitives
internal import Synchronization

/// The images of a command while they are segmented.
///
/// They are opened one after the other as there is room for more jobs, and are complete in any order. An image that fails alone is named,
/// and the others go on.
package actor ImageBatch {
    /// What became of all images.
    package struct Outcome: Sendable {
        package var failures: ImageFailures
        /// Images that an earlier opening of the run had completed.
        package var keptCount = 0
        /// Names of all files that are complete, in the order of the images.
        package var outputs: [String] = []
    }

    nonisolated let works: [ImageSegmentation.Work]
    /// The results that are kept, of all images; nil if the run is not.
    nonisolated let journal: SuccessiveJournals?
    private let segmentation: ImageSegmentation
    private let announce: @Sendable (ImageSegmentation.Work) throws -> Void
    private(set) var outcome: Outcome
    private var state: BatchState
    /// Images that have been opened and are neither complete nor failed.
    private var open: [Int: OpenImage] = [:]
    /// Why images failed, until what is kept of them is forgotten.
    private var errors: [Int: any Error] = [:]
    private var lastPlan = ""
    /// Whether it was said that a worker does not write maps that it may write.
    private var hasToldUnwritten = false

    private struct OpenImage {
        let grid: TileGrid
        let gate: RowGate
        let files: ImageFiles
        /// Tiles of all planes.
        let tileCount: Int
        /// Tiles that failed everywhere.
        var givenUp = IncompleteRun()
    }

    private var run: Run { segmentation.run }

    init(
        of works: [ImageSegmentation.Work], segmentation: ImageSegmentation,
        announce: @escaping @Sendable (ImageSegmentation.Work) throws -> Void
    ) {
        self.works = works
        self.segmentation = segmentation
        self.announce = announce
        outcome = Outcome(failures: ImageFailures(imageCount: works.count))
        state = BatchState(imageCount: works.count)
        journal = segmentation.run.directory == nil ? nil : SuccessiveJournals()
    }

    /// Opens an image; nil if there is nothing to do for it, or if it fails.
    ///
    /// - Parameter firstJob: position of its first job.
    func open(_ number: Int, firstJob: Int) async throws -> ImageTiles? {
        let work = works[number]
        do {
            if let kept = try await run.keptOutputs(ofPhase: number, for: work.paths) {
                outcome.keptCount += 1
                try await handle(.kept(number, files: kept))
                return nil
            }
            var tiles = try plan(work, number, firstJob: firstJob, slots: await run.slots)
            // Of many, those that wait hold no files.
            if works.count == 1 { try open[number]?.files.begin() }
            if sharesMaps, mayBeShared(work) {
                tiles.shared = try open[number]?.files.share(tileSide: tiles.grid.tileSide) ?? []
            }
            return tiles
        } catch {
            try checkCancellation()
            errors[number] = error
            open[number] = nil
            try await handle(.refused(number))
            return nil
        }
    }

    private func plan(_ work: ImageSegmentation.Work, _ number: Int, firstJob: Int, slots: Int) throws -> ImageTiles {
        let paths = work.paths
        let opened = try segmentation.open(work.image)
        let (image, source, spec) = (opened.image, opened.source, opened.spec)
        let info = source.info
        let isBanded = if case .rows = source { true } else { false }
        let cleaning = segmentation.cleaning
        let haloPixels = spec.haloPixels + (cleaning.smoothing?.reachPixels ?? 0)
        let side = try BandBudget(rowByteCount: isBanded ? source.heldRowByteCount : 0, haloPixels: haloPixels)
            .tileSide(
                segmentation.tileSide,
                preferred: ImageSegmentation.tileSide(
                    forImageOf: info.width, info.height, slots: slots, imageCount: works.count),
                image: image.description)
        let phase = try run.phase("segment", of: image.description, number: number, granularity: side)
        let grid = TileGrid(
            imageWidth: info.width, imageHeight: info.height, tileSide: phase.granularity, haloPixels: haloPixels)
        let tileCount = grid.count * (work.stack?.pages ?? 1)
        if let ledger = run.directory?.ledger {
            try ledger.setJobs(tileCount, of: phase)
            journal?.append(try ledger.journal(of: phase), from: firstJob)
        }
        let plan = MemoryPlan(
            segmenting: grid, rowByteCount: source.heldRowByteCount, isBanded: isBanded,
            modelBytes: run.blobs.byteCount(of: segmentation.hash), slots: slots, planes: work.stack?.pages ?? 1,
            images: works.count
        ).line
        if plan != lastPlan { run.progress.say(plan) }
        lastPlan = plan
        if works.count == 1 { run.progress.begin("segmenting", unit: "tiles", total: tileCount) }
        let classes = segmentation.model.classes
        let metadata = image.metadata
        let key = run.directory?.key(ofInput: number)
        let region = try cleaning.region(of: image, width: info.width, height: info.height)
        let windows = try cleaning.regions.isEmpty ? nil : CleanupWindows(cleaning.regions, of: image, info)
        let folder = run.scratchFolder
        let files = ImageFiles {
            try SegmentationOutputs(
                paths: paths, key: key, width: info.width, height: info.height, classes: classes, metadata: metadata,
                stack: work.stack,
                cleanup: windows.map {
                    try LabelCleanup($0, pages: work.stack?.pages ?? 1, in: folder, showsPixels: paths[.overlay] != nil)
                })
        }
        let tiles = ImageTiles(
            number: number, image: image, info: info, pages: work.stack?.pages ?? 1, grid: grid,
            gate: RowGate(columns: grid.columns, slots: slots), batch: self,
            access: try run.access(to: image, source, isOneTile: grid.count == 1), model: segmentation.hash,
            elements: paths.elements, nonce: run.nonce, keepsPixels: paths[.overlay] != nil && windows == nil,
            classCount: classes.count, clock: run.clock, region: region, smoothing: cleaning.smoothing?.weights)
        open[number] = OpenImage(grid: grid, gate: tiles.gate, files: files, tileCount: tileCount)
        // The planes of a stack are one below the other.
        _ = state.handle(.opened(number, rows: tileCount / grid.columns, columns: grid.columns))
        return tiles
    }

    /// Opens another plane of a stack.
    ///
    /// - Parameters:
    ///   - first: the first plane, with the channels that are used.
    ///   - info: of the first one, which it must be like.
    nonisolated func plane(_ page: Int, of first: ImageInput, like info: ImageInfo, isOneTile: Bool) throws -> (
        ImageInput, ImageAccess
    ) {
        var image = first
        image.selection.page = page
        let source = try image.source
        let found = source.info
        guard found == info else {
            throw CoordinatorError(
                .badInput,
                "\(image): expected \(info.width)×\(info.height) pixels of \(info.channels) \(info.sampleType.rawValue) as in the first "
                    + "plane, found \(found.width)×\(found.height) of \(found.channels) \(found.sampleType.rawValue); "
                    + "give each plane a file of its own with {page}")
        }
        return (image, try segmentation.run.access(to: image, source, isOneTile: isOneTile))
    }

    /// Throws once the run is cancelled, so that no image is blamed for it.
    nonisolated func checkCancellation() throws(CancellationError) { try segmentation.run.checkCancellation() }

    /// Whether more jobs of the image are of use: it has not failed.
    func needsJobs(_ number: Int) -> Bool { state.needsJobs(number) }

    /// One more job of the image is on its way; false if no more are needed.
    func handOut(_ number: Int) -> Bool {
        guard state.needsJobs(number) else { return false }
        _ = state.handle(.handedOut(number))
        return true
    }

    /// Whether workers may write maps themselves. Those of this machine need not, and results that are compared are sent.
    private var sharesMaps: Bool { !run.pool.isLocal && run.pool.dispatcher.settings.limits.verified.fraction == 0 }

    /// Whether workers may write some of the maps of a work: classes that are changed afterwards come here.
    private func mayBeShared(_ work: ImageSegmentation.Work) -> Bool {
        work.paths.mayBeShared && !segmentation.cleaning.changesTiles
    }

    /// Takes a tile that is done.
    func add(_ tile: SegmentedTile, to number: Int) async throws {
        do {
            if state.takesTiles(number), let files = open[number]?.files {
                try await write(tile, files)
                let first = tile.page * (open[number]?.grid.count ?? 0)
                try await handle(.written(number, tile: first + tile.tile.index))
            }
            if sharesMaps, mayBeShared(works[number]) {
                run.mapTally.add(isWritten: !tile.written.isEmpty)
                if let reason = tile.unwritten, !hasToldUnwritten {
                    hasToldUnwritten = true
                    run.progress.warn("warning: a worker sends maps that it may write: \(reason)")
                }
            }
            run.progress.advance(byPart: share(number))
        } catch {
            try await fail(number, error)
        }
        try await handle(.cameBack(number))
    }

    /// Takes note that a tile cannot be done.
    func add(_ failure: JobFailure, of label: String, to number: Int) async throws {
        switch failure {
        case .unwritable(let error): try await fail(number, error)
        case .rejected(let message): try await fail(number, CoordinatorError(.badInput, "\(label): \(message)"))
        case .givenUp(let cause):
            open[number]?.givenUp.add(label, cause: cause)
            try await handle(.gaveUp(number))
        }
        try await handle(.cameBack(number))
    }

    /// No more jobs of the image are to come, perhaps because the next could not be read.
    func endHandingOut(_ number: Int, _ error: (any Error)?) async throws {
        if let error { try await fail(number, error) }
        try await handle(.handedOutAll(number))
    }

    /// The run has ended before its time: what is complete is announced, and results of bad images are not kept.
    func abandon() async throws { try await handle(.abandoned) }

    private func fail(_ number: Int, _ error: any Error) async throws {
        // The first error counts.
        if errors[number] == nil { errors[number] = error }
        try await handle(.failed(number))
    }

    // Files are written and completed outside of the actor, which hands out jobs of other images meanwhile.

    private nonisolated func write(_ tile: SegmentedTile, _ files: ImageFiles) async throws {
        try segmentation.run.clock.measure("write") { try files.write(tile) }
    }

    private nonisolated func finish(_ files: ImageFiles) async throws -> [String] {
        try segmentation.run.clock.measure("write") { try files.finish() }
    }

    private func handle(_ event: BatchState.Event) async throws {
        for number in try perform(state.handle(event)) { try await complete(number) }
    }

    private func complete(_ number: Int) async throws {
        guard var image = open.removeValue(forKey: number) else { preconditionFailure("image \(number) is not open") }
        let completed: BatchState.Event
        do {
            guard image.givenUp.poisonedCount == 0 else {
                image.givenUp.summary.counters.jobsAdded = image.tileCount
                throw CoordinatorError(.incomplete, image.givenUp.description)
            }
            let files = try await finish(image.files)
            try await run.keep(outputs: files, ofPhase: number, for: works[number].paths)
            completed = .completed(number, files: files)
        } catch {
            errors[number] = error
            completed = .spoiled(number)
        }
        try await handle(completed)
    }

    // The optimizer of Swift 6.3 crashes when it merges the following into asynchronous functions.

    /// Does what is said, and returns the images to complete.
    ///
    /// - Throws: an error that ends the batch.
    @inline(never) private func perform(_ instructions: [BatchState.Instruction]) throws -> [Int] {
        var due: [Int] = []
        for instruction in instructions {
            switch instruction {
            case .openRows(let number, let row): open[number]?.gate.open(upTo: row)
            case .discard(let number):
                open[number]?.gate.throwOpen()
                open[number]?.files.discard()
            case .report(let number):
                guard let error = errors[number] else { preconditionFailure("image \(number) failed without an error") }
                let text = try outcome.failures.take(error, of: works[number].image)
                run.progress.warn("warning: \(text)")
                due += try perform(state.handle(.reported(number)))
            case .forget(let number):
                open[number] = nil
                // What is kept of an image that is bad is of no use once it is replaced.
                if let error = errors.removeValue(forKey: number), CoordinatorError(classifying: error).kind == .badInput {
                    try run.forget(phase: number)
                }
            case .complete(let number): due.append(number)
            case .advance(let count): if works.count > 1 { run.progress.advance(toAtLeast: count) }
            case .announce(let number, let files):
                outcome.outputs += files
                run.record.outputs += files
                try announce(works[number])
                due += try perform(state.handle(.announced(number)))
            }
        }
        return due
    }

    /// What a tile of the image is of the progress.
    private func share(_ number: Int) -> Double { works.count == 1 ? 1 : 1 / Double(open[number]?.tileCount ?? 1) }
}

/// The files of one image while tiles are written to them.
///
/// Safe to use from any task; one writes at a time.
private final class ImageFiles: Sendable {
    private enum State {
        case unopened
        case open(SegmentationOutputs)
        case closed
    }

    private let create: @Sendable () throws -> sending SegmentationOutputs
    private let state = Lock(State.unopened)

    /// - Parameter create: creates the temporary files; called when the first tile is there, unless `begin` comes before.
    init(_ create: @escaping @Sendable () throws -> sending SegmentationOutputs) { self.create = create }

    /// Creates the files, if that is to come.
    func begin() throws { try state.withLock { try begin(&$0) } }

    private func begin(_ state: inout sending State) throws {
        if case .unopened = state { state = .open(try create()) }
    }

    /// The maps whose tiles workers may write themselves.
    func share(tileSide: Int) throws -> [SharedMap] {
        try state.withLock { state in
            try begin(&state)
            guard case .open(let outputs) = state else { return [] }
            return try outputs.offers(tileSide: tileSide)
        }
    }

    /// Writes a tile, unless the files are discarded.
    func write(_ tile: SegmentedTile) throws {
        try state.withLock { state in
            try begin(&state)
            if case .open(let outputs) = state { try outputs.write(tile) }
        }
    }

    /// Removes the unfinished files.
    func discard() { state.withLock { $0 = .closed } }

    /// Completes the files, and returns their names.
    func finish() throws -> [String] {
        try state.withLock { state in
            guard case .open(let outputs) = state else { preconditionFailure("no files to complete") }
            state = .closed
            return try outputs.finish()
        }
    }
}
