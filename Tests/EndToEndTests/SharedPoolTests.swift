@testable import Commands
import Foundation
internal import Imaging
@testable import Jobs
@testable import Primitives
@testable import Scheduling
internal import Synchronization
import Testing

@testable import Coordinator

/// Several runs at once on the real workers of one pool.
@Suite struct SharedPoolTests {
    private let scratch: Scratch
    private let model: ModelFile
    private static let images = (0..<6).map { "image\($0)" }

    init() async throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 400)
        let trained = try await Program.coppice([
            "train", scratch("image.png"), scratch("scribbles.png"), "--trees", "20", "--output", scratch("model.json"),
            "--quiet",
        ])
        #expect(trained.status == 0, "\(trained.errors)")
        model = try ModelFile.load(scratch("model.json"))
        for (number, name) in Self.images.enumerated() {
            try DemoScene(side: 400, seed: UInt64(number)).render().image.write(to: scratch("\(name).png"))
        }
    }

    /// What became of the tiles and runs, in order.
    private final class Story: ProgressObserver {
        private let name: String
        private let log: Log

        init(_ name: String, in log: Log) { (self.name, self.log) = (name, log) }

        final class Log: Sendable {
            private let lines = Lock<[String]>([])
            /// Set once the named number of tiles of the batch is done.
            let begun = OneShot<Bool>()
            var all: [String] { lines.withLock { $0 } }

            func add(_ line: String) {
                let count = lines.withLock { lines in
                    lines.append(line)
                    return lines.count
                }
                if count == 3 { begun.set(true) }
            }
        }

        func begin(_ phase: String, unit: String, total: Int?) {}
        func advance(byPart part: Double) { log.add(name) }
        func advance(toAtLeast count: Int) {}
        func workers(busy: Int, total: Int) {}
        func end() {}
        func abandon() {}
        func warn(_ text: String) { log.add("warning: \(text)") }
        func say(_ text: String) {}
    }

    private func works(_ names: some Sequence<String>, _ suffix: String) -> [ImageSegmentation.Work] {
        names.map { name in
            ImageSegmentation.Work(
                image: ImageInput(path: scratch("\(name).png")), paths: [.labels: scratch("\(name)-\(suffix).png")])
        }
    }

    private func bytes(_ name: String, _ suffix: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: scratch("\(name)-\(suffix).png")))
    }

    @Test func `the urgent run is done first, a cancelled one changes nothing, and all bytes are those of a quiet run`()
        async throws
    {
        let log = Story.Log()
        let (model, scratch) = (model, scratch)
        let folders = SharedFolders(of: Self.images.map { scratch("\($0).png") })
        let batch = works(Self.images, "batch")
        let urgent = works(Self.images.prefix(1), "urgent")
        let doomed = works(Self.images.prefix(5), "doomed")
        try await WorkerPool.serve(
            try LocalWorkers(count: 2, sharing: folders, logLevel: "warning"), log: { if $0.isWarning { log.add($0.text) } }
        ) { pool in
            let segment: @Sendable ([ImageSegmentation.Work], RunPriority, String) async -> Void = { works, priority, name in
                do {
                    try await Run.perform(on: pool, priority: priority, sharing: folders, progress: Story(name, in: log)) { run in
                        try (await run.segment(SegmentationRequest(works, tileSide: 64), with: model)).failures.conclude()
                    }
                    log.add("\(name) done")
                } catch {
                    log.add(error is CancellationError ? "\(name) cancelled" : "\(name) failed: \(error)")
                }
            }
            async let quiet: Void = segment(batch, .background, "batch")
            _ = await log.begun.value
            let cancelled = Task { await segment(doomed, .normal, "doomed") }
            await segment(urgent, .interactive, "urgent")
            cancelled.cancel()
            await cancelled.value
            await quiet
        }
        let order = log.all
        #expect(order.contains("doomed cancelled") && !order.contains { $0.contains("failed") }, "\(order)")
        let done = try #require(order.firstIndex(of: "urgent done"))
        #expect(done < (try #require(order.firstIndex(of: "batch done"))))
        #expect(done < (try #require(order.firstIndex(of: "doomed cancelled"))))
        // From the first tile of the urgent run until its last ones are under way, others only finish what ran already.
        let tiles = order.indices.filter { order[$0] == "urgent" }
        #expect(tiles.count == 49)
        let span = tiles[0]..<tiles[tiles.count - 5]
        #expect(order[span].count { $0 != "urgent" } <= 4, "\(order[span])")
        #expect(!order.contains { $0.hasPrefix("warning") }, "\(order)")

        let quiet = works(Self.images, "quiet")
        try await Run.perform(on: try LocalWorkers(count: 1, sharing: folders, logLevel: "warning"), sharing: folders) { run in
            try (await run.segment(SegmentationRequest(quiet, tileSide: 64), with: model)).failures.conclude()
        }
        for name in Self.images { #expect(try bytes(name, "batch") == bytes(name, "quiet"), "\(name)") }
        #expect(try bytes("image0", "urgent") == bytes("image0", "quiet"))
        // What the cancelled run had completed by then is complete, and nothing else is left of it.
        for name in Self.images where scratch.names.contains("\(name)-doomed.png") {
            #expect(try bytes(name, "doomed") == bytes(name, "quiet"), "\(name)")
        }
        #expect(!scratch.names.contains { $0.hasPrefix(".") }, "\(scratch.names)")
    }
}
