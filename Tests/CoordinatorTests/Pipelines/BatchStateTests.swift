import Foundation
import Testing

@testable import Coordinator
@testable import Primitives

/// What follows from the events of a batch, without files or tasks.
@Suite struct BatchStateTests {
    /// What has to follow from each event of a story.
    struct Story: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let imageCount: Int
        let steps: [Step]

        init(_ description: String, imageCount: Int, after: [Step] = [], _ steps: [Step]) {
            (testDescription, self.imageCount, self.steps) = (description, imageCount, after + steps)
        }
    }

    typealias Step = (BatchState.Event, [BatchState.Instruction])

    /// Image 0 and 1 are open, each of one row of two tiles, and both jobs of each are on their way.
    private static let bothOpen: [Step] = [
        (.opened(0, rows: 1, columns: 2), []), (.handedOut(0), []), (.handedOut(0), []), (.handedOutAll(0), []),
        (.opened(1, rows: 1, columns: 2), []), (.handedOut(1), []), (.handedOut(1), []), (.handedOutAll(1), []),
    ]

    static let stories: [Story] = [
        Story(
            "a later image is complete first, and waits for its turn", imageCount: 2, after: bothOpen,
            [
                (.written(1, tile: 1), [.openRows(1, upTo: 0)]), (.cameBack(1), []),
                (.written(1, tile: 0), [.openRows(1, upTo: 1)]),
                (.cameBack(1), [.complete(1)]), (.completed(1, files: ["b"]), [.advance(settledCount: 1)]),
                (.written(0, tile: 0), [.openRows(0, upTo: 0)]), (.cameBack(0), []),
                (.written(0, tile: 1), [.openRows(0, upTo: 1)]),
                (.cameBack(0), [.complete(0)]),
                (.completed(0, files: ["a"]), [.advance(settledCount: 2), .announce(0, files: ["a"])]),
                (.announced(0), [.announce(1, files: ["b"])]), (.announced(1), []),
            ]),
        Story(
            "an image fails at once, and is forgotten when its last job is back", imageCount: 2, after: bothOpen,
            [
                (.failed(0), [.discard(0), .report(0)]), (.reported(0), [.advance(settledCount: 1)]), (.cameBack(0), []),
                (.failed(0), []), (.written(0, tile: 1), []), (.cameBack(0), [.forget(0)]),
            ]),
        Story(
            "the others of an image with a tile that was given up are done, and not written", imageCount: 2, after: bothOpen,
            [
                (.gaveUp(1), [.discard(1)]), (.cameBack(1), []), (.written(1, tile: 1), []), (.cameBack(1), [.complete(1)]),
                (.spoiled(1), [.report(1)]), (.reported(1), [.advance(settledCount: 1)]),
            ]),
        Story(
            "an image that was given up and then fails, has failed", imageCount: 2, after: bothOpen,
            [
                (.gaveUp(0), [.discard(0)]), (.cameBack(0), []), (.failed(0), [.discard(0), .report(0)]),
                (.reported(0), [.advance(settledCount: 1)]), (.cameBack(0), [.forget(0)]),
            ]),
        Story(
            "images that were done before, or are none, have no jobs", imageCount: 3,
            [
                (.kept(0, files: ["a"]), [.advance(settledCount: 1), .announce(0, files: ["a"])]), (.announced(0), []),
                (.refused(1), [.report(1), .forget(1)]), (.reported(1), [.advance(settledCount: 2)]),
                (.kept(2, files: ["c"]), [.advance(settledCount: 3), .announce(2, files: ["c"])]), (.announced(2), []),
            ]),
        Story(
            "an image of which a part cannot be read fails when the jobs before are back", imageCount: 1,
            [
                (.opened(0, rows: 2, columns: 1), []), (.handedOut(0), []), (.failed(0), [.discard(0), .report(0)]),
                (.reported(0), [.advance(settledCount: 1)]), (.handedOutAll(0), []), (.cameBack(0), [.forget(0)]),
            ]),
        Story(
            "a last job that is back before the end of the image is known", imageCount: 1,
            [
                (.opened(0, rows: 1, columns: 1), []), (.handedOut(0), []), (.written(0, tile: 0), [.openRows(0, upTo: 1)]),
                (.cameBack(0), []), (.handedOutAll(0), [.complete(0)]),
            ]),
        Story(
            "what is complete when the run ends is announced, also behind an open image", imageCount: 4,
            [
                (.opened(0, rows: 1, columns: 1), []), (.handedOut(0), []),
                (.kept(1, files: ["b"]), [.advance(settledCount: 1)]), (.opened(2, rows: 1, columns: 1), []), (.handedOut(2), []),
                (.failed(2), [.discard(2), .report(2)]), (.reported(2), [.advance(settledCount: 2)]),
                (.kept(3, files: ["d"]), [.advance(settledCount: 3)]),
                (.abandoned, [.forget(2), .announce(1, files: ["b"]), .announce(3, files: ["d"])]), (.announced(1), []),
                (.announced(3), []),
            ]),
    ]

    @Test(arguments: stories) func `each event has its instructions`(story: Story) {
        var state = BatchState(imageCount: story.imageCount)
        for (number, (event, expected)) in story.steps.enumerated() {
            #expect(state.handle(event) == expected, "step \(number): \(event)")
        }
    }

    private static let seeds: [UInt64] =
        ProcessInfo.processInfo.environment["COPPICE_TEST_SEED"].flatMap(UInt64.init).map { [$0] } ?? Array(0..<300)

    @Test func `whatever comes in whatever order, each image ends once, and is announced in its turn`() {
        for seed in Self.seeds {
            var walk = BatchWalk(seed: seed)
            walk.run()
            #expect(walk.violations == [], "COPPICE_TEST_SEED=\(seed)")
        }
    }
}

/// A random story of a batch, and a book of its own of what must be true.
private struct BatchWalk {
    private struct Image {
        let tileCount: Int
        let columns: Int
        var isOpen = false
        var handedOut = 0
        var isHandedOut = false
        /// Tiles whose jobs are on their way.
        var away: [Int] = []
        var writtenCount = 0
        var completeCount = 0
        var forgottenCount = 0
        var reportCount = 0
        var announceCount = 0
        var isDiscarded = false
        var hasFailed = false
        var isComplete = false
    }

    private var random: SplitMix64
    private var state: BatchState
    private var images: [Image]
    private var opened = 0
    /// Images whose files are being completed.
    private var completing: [Int] = []
    private var announced: [Int] = []
    private var settledCount = 0
    private(set) var violations: [String] = []

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        images = []
        state = BatchState(imageCount: 0)
        for _ in 0..<Int(1 + random.next() % 6) {
            let (rows, columns) = (Int(1 + random.next() % 3), Int(1 + random.next() % 3))
            images.append(Image(tileCount: rows * columns, columns: columns))
        }
        state = BatchState(imageCount: images.count)
    }

    private mutating func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }

    private mutating func expect(_ isTrue: Bool, _ what: String) { if !isTrue { violations.append(what) } }

    private mutating func handle(_ event: BatchState.Event) {
        for instruction in state.handle(event) {
            switch instruction {
            case .openRows(let number, let row):
                let isLast = images[number].writtenCount == images[number].tileCount
                expect((row * images[number].columns == images[number].tileCount) == isLast, "row \(row) of \(number) is open")
            case .discard(let number): images[number].isDiscarded = true
            case .report(let number):
                images[number].reportCount += 1
                images[number].hasFailed = true
                handle(.reported(number))
            case .forget(let number):
                images[number].forgottenCount += 1
                expect(images[number].away.isEmpty && images[number].hasFailed, "\(number) is forgotten too early")
            case .complete(let number):
                images[number].completeCount += 1
                completing.append(number)
                let image = images[number]
                expect(!image.hasFailed, "\(number) is completed after it failed")
                expect(image.isHandedOut && image.away.isEmpty, "\(number) is completed before its last job")
                expect(image.isDiscarded || image.writtenCount == image.tileCount, "\(number) is completed before its last tile")
            case .advance(let count):
                settledCount += 1
                expect(count == settledCount, "\(count) images are settled, not \(settledCount)")
            case .announce(let number, _):
                images[number].announceCount += 1
                expect(images[number].isComplete, "\(number) is announced before it is complete")
                announced.append(number)
                handle(.announced(number))
            }
        }
    }

    mutating func run() {
        while opened < images.count || images.contains(where: { $0.isOpen && !($0.isHandedOut && $0.away.isEmpty) })
            || !completing.isEmpty
        {
            step()
        }
        for (number, image) in images.enumerated() {
            expect(image.isComplete != image.hasFailed, "\(number) is complete and failed, or neither")
            expect(image.completeCount <= 1 && image.reportCount == (image.hasFailed ? 1 : 0), "\(number) ends more than once")
            expect(image.announceCount == (image.isComplete ? 1 : 0), "\(number) is announced \(image.announceCount) times")
            expect(image.completeCount + image.forgottenCount <= 1, "\(number) is completed and forgotten")
        }
        expect(announced == announced.sorted(), "announced in the order \(announced)")
        expect(settledCount == images.count, "\(settledCount) of \(images.count) images are settled")
    }

    private mutating func step() {
        switch random.next() % 4 {
        case 0 where opened == 0 || !images[opened - 1].isOpen || images[opened - 1].isHandedOut: open()
        case 1 where opened > 0: handOut(opened - 1)
        case 2 where !completing.isEmpty:
            let number = completing.remove(at: Int(random.next() % UInt64(completing.count)))
            if images[number].isDiscarded || chance(10) { return handle(.spoiled(number)) }
            images[number].isComplete = true
            handle(.completed(number, files: ["\(number)"]))
        default:
            let number = Int(random.next() % UInt64(images.count))
            if !images[number].away.isEmpty { comeBack(number) }
        }
    }

    private mutating func open() {
        guard opened < images.count else { return }
        let number = opened
        opened += 1
        if chance(10) { return handle(.refused(number)) }
        if chance(10) {
            images[number].isComplete = true
            return handle(.kept(number, files: []))
        }
        images[number].isOpen = true
        let image = images[number]
        handle(.opened(number, rows: image.tileCount / image.columns, columns: image.columns))
    }

    private mutating func handOut(_ number: Int) {
        guard images[number].isOpen, !images[number].isHandedOut else { return }
        expect(state.needsJobs(number) == !images[number].hasFailed, "jobs of \(number) are wanted or not")
        let isUnreadable = chance(3)
        if isUnreadable { handle(.failed(number)) }
        guard !isUnreadable, state.needsJobs(number), images[number].handedOut < images[number].tileCount else {
            images[number].isHandedOut = true
            return handle(.handedOutAll(number))
        }
        images[number].away.append(images[number].handedOut)
        images[number].handedOut += 1
        handle(.handedOut(number))
    }

    private mutating func comeBack(_ number: Int) {
        let tile = images[number].away.remove(at: Int(random.next() % UInt64(images[number].away.count)))
        switch random.next() % 40 {
        case 0: handle(.failed(number))
        case 1: handle(.gaveUp(number))
        default:
            expect(state.takesTiles(number) == !images[number].isDiscarded, "tiles of \(number) are written or not")
            if state.takesTiles(number) {
                images[number].writtenCount += 1
                handle(.written(number, tile: tile))
            }
        }
        handle(.cameBack(number))
    }
}
