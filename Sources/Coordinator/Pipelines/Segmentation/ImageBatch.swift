internal import Features
internal import Imaging
internal import Jobs
internal import Protocol
internal import Scheduling

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
    /// Images that have been opened and are neither complete nor failed.
    private var open: [Int: ImageAssembly] = [:]
    /// Files of images that are complete, until those before them are; nil for an image that failed.
    private var settled: [Int: [String]?] = [:]
    private var nextAnnounced = 0
    private var lastPlan = ""
    /// Whether it was said that a worker does not write maps that it may write.
    private var hasToldUnwritten = false

    private var cluster: Cluster { segmentation.cluster }

    init(
        of works: [ImageSegmentation.Work], segmentation: ImageSegmentation,
        announce: @escaping @Sendable (ImageSegmentation.Work) throws -> Void
    ) {
        self.works = works
        self.segmentation = segmentation
        self.announce = announce
        outcome = Outcome(failures: ImageFailures(imageCount: works.count))
        journal = segmentation.cluster.directory == nil ? nil : SuccessiveJournals()
    }

    /// Opens an image; nil if there is nothing to do for it, or if it fails.
    ///
    /// - Parameter firstJob: position of its first job.
    func open(_ number: Int, firstJob: Int) async throws -> ImageTiles? {
        let work = works[number]
        do {
            if let kept = try await cluster.keptOutputs(ofPhase: number, for: work.paths) {
                outcome.keptCount += 1
                try settle(number, kept)
                return nil
            }
            var tiles = try plan(work, number, firstJob: firstJob, slots: await cluster.slots)
            // Of many, those that wait hold no files.
            if works.count == 1 { try await tiles.assembly.begin() }
            if sharesMaps, work.paths.mayBeShared { tiles.shared = try await tiles.assembly.share() }
            return tiles
        } catch {
            try fail(number, error)
            try forget(number, error)
            return nil
        }
    }

    private func plan(_ work: ImageSegmentation.Work, _ number: Int, firstJob: Int, slots: Int) throws -> ImageTiles {
        let (image, paths) = (work.image, work.paths)
        let (source, spec) = try segmentation.check(image)
        let info = source.info
        let isBanded = if case .rows = source { true } else { false }
        let side = try BandBudget(rowByteCount: isBanded ? info.rowByteCount : 0, haloPixels: spec.haloPixels)
            .tileSide(
                segmentation.tileSide,
                preferred: ImageSegmentation.tileSide(
                    forImageOf: info.width, info.height, slots: slots, imageCount: works.count),
                image: image.description)
        let phase = try cluster.phase("segment", of: image.description, number: number, grain: side)
        let grid = TileGrid(
            imageWidth: info.width, imageHeight: info.height, tileSide: phase.grain, haloPixels: spec.haloPixels)
        if let ledger = cluster.directory?.ledger {
            try ledger.setJobs(grid.count, of: phase)
            journal?.append(try ledger.journal(of: phase), from: firstJob)
        }
        let plan = MemoryPlan(
            segmenting: grid, rowByteCount: info.rowByteCount, isBanded: isBanded,
            modelBytes: cluster.shelf.byteCount(of: segmentation.hash), slots: slots
        ).line
        if plan != lastPlan { cluster.progress.say(plan) }
        lastPlan = plan
        if works.count == 1 { cluster.progress.begin("segmenting", unit: "tiles", total: grid.count) }
        let classes = segmentation.model.classes
        let key = cluster.directory?.key(ofInput: number)
        let assembly = ImageAssembly(work, number: number, grid: grid, slots: slots) {
            try SegmentationOutputs(
                paths: paths, key: key, width: info.width, height: info.height, classes: classes)
        }
        open[number] = assembly
        return ImageTiles(
            assembly: assembly, batch: self,
            access: try cluster.access(to: image, source, isOneTile: grid.count == 1), model: segmentation.hash,
            elements: paths.elements, nonce: cluster.occasion, keepsPixels: paths[.overlay] != nil,
            classCount: classes.count, clock: cluster.clock)
    }

    /// Whether workers may write maps themselves. Those of this machine need not, and results that are compared are sent.
    private var sharesMaps: Bool { !cluster.isLocal && cluster.dispatcher.settings.limits.verified.fraction == 0 }

    /// Takes a tile that is done.
    func add(_ tile: SegmentedTile, to image: ImageAssembly) async throws {
        do {
            try await image.write(tile, clock: cluster.clock)
            if sharesMaps, image.work.paths.mayBeShared {
                cluster.mapTally.add(isWritten: !tile.written.isEmpty)
                if let reason = tile.unwritten, !hasToldUnwritten {
                    hasToldUnwritten = true
                    cluster.progress.warn("warning: a worker sends maps that it may write: \(reason)")
                }
            }
            cluster.progress.advance(byPart: share(image))
        } catch {
            try await fail(image, error)
        }
        try await takeBack(image)
    }

    /// Takes note that a tile cannot be done.
    func add(_ failure: JobFailure, of label: String, to image: ImageAssembly) async throws {
        switch failure {
        case .unwritable(let error): try await fail(image, error)
        case .rejected(let message): try await fail(image, CommandError(.badInput, "\(label): \(message)"))
        case .givenUp(let cause): await image.giveUp(label, cause: cause)
        }
        try await takeBack(image)
    }

    /// No more jobs of the image are to come, perhaps because the next could not be read.
    func endHandingOut(_ image: ImageAssembly, _ error: (any Error)?) async throws {
        if let error { try await fail(image, error) }
        await image.endHandingOut()
        try await settleIfDue(image)
    }

    /// The run has ended before its time: what is complete is announced, and results of bad images are not kept.
    func abandon() async throws {
        for (number, image) in open {
            if let failure = await image.failure { try forget(number, failure) }
        }
        for number in nextAnnounced..<works.count { try announce(number) }
    }

    private func takeBack(_ image: ImageAssembly) async throws {
        await image.takeBack()
        try await settleIfDue(image)
    }

    /// Completes an image once everything of it has come.
    private func settleIfDue(_ image: ImageAssembly) async throws {
        // The last tile and the end of the image's jobs may come together: only one of them finds it open.
        guard await image.isSettled, open.removeValue(forKey: image.number) != nil else { return }
        if let failure = await image.failure { return try forget(image.number, failure) }
        do {
            let files = try await cluster.clock.measure("write") { try await image.finish() }
            try await cluster.keep(outputs: files, ofPhase: image.number, for: image.work.paths)
            try settle(image.number, files)
        } catch {
            try fail(image.number, error)
        }
    }

    private func fail(_ image: ImageAssembly, _ error: any Error) async throws {
        if await image.fail(error) { try fail(image.number, error) }
    }

    // The optimizer of Swift 6.3 crashes when it merges the following two into asynchronous functions.

    /// - Throws: `error`, unless it concerns one image of several.
    @inline(never) private func fail(_ number: Int, _ error: any Error) throws {
        let text = try outcome.failures.take(error, of: works[number].image)
        cluster.progress.warn("warning: \(text)")
        try settle(number, nil)
    }

    /// What is kept of an image that is bad is of no use once it is replaced.
    @inline(never) private func forget(_ number: Int, _ error: any Error) throws {
        if CommandError(classifying: error).status == .badInput { try cluster.forget(phase: number) }
    }

    private func settle(_ number: Int, _ files: [String]?) throws {
        settled[number] = .some(files)
        if works.count > 1 { cluster.progress.advance(toAtLeast: settled.count + nextAnnounced) }
        while settled[nextAnnounced] != nil {
            try announce(nextAnnounced)
            nextAnnounced += 1
        }
    }

    private func announce(_ number: Int) throws {
        guard let files = settled.removeValue(forKey: number) ?? nil else { return }
        outcome.outputs += files
        cluster.record.outputs += files
        try announce(works[number])
    }

    /// What a tile of the image is of the progress.
    private func share(_ image: ImageAssembly) -> Double { works.count == 1 ? 1 : 1 / Double(image.grid.count) }
}
