/// Which images of a batch are open, complete or failed, and what follows from an event. No files, no tasks, no clock: `ImageBatch`
/// does what it says.
///
///     waiting ── opened ──▶ open ── all jobs are back ──▶ completing ── completed ──▶ settled ── its turn ──▶ announced
///        │                   └── failed: settled at once, and closed when all jobs are back
///        └── kept: settled as complete · refused: settled as failed
///
/// 1. An image is completed at most once, when its last job is back, and not after it has failed.
/// 2. A tile is written as long as the image may become complete: it has not failed, and no tile of it was given up.
/// 3. Complete images are announced one after the other, in the order of the batch: each waits until those before it are settled.
struct BatchState {
    enum Event: Equatable, Sendable {
        /// An earlier opening of the run has completed the image.
        case kept(Int, files: [String])
        /// The image cannot be opened.
        case refused(Int)
        /// The image is open: rows and columns of tiles.
        case opened(Int, rows: Int, columns: Int)
        /// One more job of the image is on its way.
        case handedOut(Int)
        /// No more jobs of the image are to come.
        case handedOutAll(Int)
        /// A tile of the image is written.
        case written(Int, tile: Int)
        /// A tile of the image failed everywhere. The others are done, and their results kept if the run is.
        case gaveUp(Int)
        /// The image as a whole has failed.
        case failed(Int)
        /// A job is back, whatever became of it.
        case cameBack(Int)
        /// The files of the image have their names.
        case completed(Int, files: [String])
        /// The files of the image could not be completed.
        case spoiled(Int)
        /// What is wrong with the image was said, and concerns it alone.
        case reported(Int)
        /// The image was announced.
        case announced(Int)
        /// The run has ended before its time.
        case abandoned
    }

    enum Instruction: Equatable, Sendable {
        /// Rows of tiles before this one are written.
        case openRows(Int, upTo: Int)
        /// Nothing more is written: removes the unfinished files, and holds no job back.
        case discard(Int)
        /// Says what is wrong with the image, then `reported`; or ends the batch if it concerns more than this image.
        case report(Int)
        /// Nothing of the image is to come any more. Forgets what is kept of it, if its input is bad.
        case forget(Int)
        /// Completes the files, then `completed` or `spoiled`.
        case complete(Int)
        /// So many images are settled.
        case advance(settledCount: Int)
        /// Announces the image, then `announced`.
        case announce(Int, files: [String])
    }

    private enum Place { case waiting, open, completing, closed }

    /// What became of an image in the end.
    private enum Settlement { case complete([String]), failed, announced }

    private struct Image {
        var place = Place.waiting
        var rowCount = 0
        var rows = OpenRows(columns: 1)
        /// Jobs that were handed out and are not back.
        var jobCount = 0
        var isHandedOut = false
        var hasFailed = false
        /// Whether a tile was given up.
        var hasGap = false
        var settlement: Settlement?
    }

    private var images: [Image]
    private var nextAnnounced = 0
    private var settledCount = 0
    private var isAbandoned = false

    init(imageCount: Int) { images = Array(repeating: Image(), count: imageCount) }

    /// Whether more jobs of the image are of use.
    func needsJobs(_ number: Int) -> Bool { images[number].place == .open && !images[number].hasFailed }

    /// Whether tiles of the image are still written. Those of an image that will not be complete are not: they would fill the memory.
    func takesTiles(_ number: Int) -> Bool { needsJobs(number) && !images[number].hasGap }

    /// - Precondition: the event can follow those before it: only open images have jobs, and a job comes back once.
    mutating func handle(_ event: Event) -> [Instruction] {
        switch event {
        case .kept(let number, let files):
            images[number].place = .closed
            return settle(number, .complete(files))
        case .refused(let number):
            images[number].place = .closed
            images[number].hasFailed = true
            return [.report(number), .forget(number)]
        case .opened(let number, let rows, let columns):
            precondition(images[number].place == .waiting, "image \(number) was opened twice")
            images[number].place = .open
            images[number].rowCount = rows
            images[number].rows = OpenRows(columns: columns)
            return []
        case .handedOut(let number):
            precondition(needsJobs(number) && !images[number].isHandedOut, "a job of image \(number), which needs none")
            images[number].jobCount += 1
            return []
        case .handedOutAll(let number):
            images[number].isHandedOut = true
            return closeIfDue(number)
        case .written(let number, let tile):
            // The image may have failed while the tile was written.
            guard takesTiles(number) else { return [] }
            images[number].rows.add(tile: tile)
            return [.openRows(number, upTo: images[number].rows.first)]
        case .gaveUp(let number):
            images[number].hasGap = true
            return [.discard(number)]
        case .failed(let number):
            guard needsJobs(number) else { return [] }
            images[number].hasFailed = true
            return [.discard(number), .report(number)]
        case .cameBack(let number):
            precondition(images[number].jobCount > 0, "a job of image \(number) came back twice")
            images[number].jobCount -= 1
            return closeIfDue(number)
        case .completed(let number, let files):
            precondition(images[number].place == .completing, "image \(number) was completed unasked")
            images[number].place = .closed
            return settle(number, .complete(files))
        case .spoiled(let number):
            images[number].place = .closed
            images[number].hasFailed = true
            return [.report(number)]
        case .reported(let number): return settle(number, .failed)
        case .announced: return isAbandoned ? [] : announceNext()
        case .abandoned: return abandon()
        }
    }

    /// Completes or forgets an image once all its jobs are back.
    private mutating func closeIfDue(_ number: Int) -> [Instruction] {
        let image = images[number]
        guard image.place == .open, image.isHandedOut, image.jobCount == 0 else { return [] }
        guard !image.hasFailed else {
            images[number].place = .closed
            return [.forget(number)]
        }
        precondition(image.hasGap || image.rows.first == image.rowCount, "image \(number) ends before its last tile")
        images[number].place = .completing
        return [.complete(number)]
    }

    private mutating func settle(_ number: Int, _ settlement: Settlement) -> [Instruction] {
        precondition(images[number].settlement == nil, "image \(number) was settled twice")
        images[number].settlement = settlement
        settledCount += 1
        return [.advance(settledCount: settledCount)] + announceNext()
    }

    /// Announces the next complete image if all before it are settled.
    private mutating func announceNext() -> [Instruction] {
        while nextAnnounced < images.count, let settlement = images[nextAnnounced].settlement {
            let number = nextAnnounced
            nextAnnounced += 1
            if case .complete(let files) = settlement {
                images[number].settlement = .announced
                return [.announce(number, files: files)]
            }
        }
        return []
    }

    /// What is complete is announced, whatever is before it; what is kept of open images that have failed is of no use.
    private mutating func abandon() -> [Instruction] {
        isAbandoned = true
        var instructions = images.indices.filter { images[$0].place == .open && images[$0].hasFailed }.map(Instruction.forget)
        for number in images.indices {
            guard case .complete(let files)? = images[number].settlement else { continue }
            images[number].settlement = .announced
            instructions.append(.announce(number, files: files))
        }
        return instructions
    }
}
