internal import ArgumentParser
import Foundation
internal import Imaging
@testable import Jobs
@testable import Primitives
@testable import Protocol
internal import Synchronization
import Testing

@testable import Coordinator

/// The images of a batch while their tiles are handed out and come back in any order.
@Suite struct ImageBatchTests {
    private let scratch: Scratch
    private let model: ModelFile

    init() async throws {
        scratch = try Scratch()
        try DemoInputs.write(to: scratch, side: 120)
        let trained = try await Program.coppice([
            "train", scratch("image.png"), scratch("scribbles.png"), "--trees", "3", "--output", scratch("model.json"), "--quiet",
        ])
        #expect(trained.status == 0, "\(trained.errors)")
        model = try ModelFile.load(scratch("model.json"))
        for name in "acde" {
            try FileManager.default.copyItem(atPath: scratch("image.png"), toPath: scratch("\(name).png"))
        }
        try Data("no image".utf8).write(to: URL(fileURLWithPath: scratch("b.png")))
    }

    /// Has something done with the batch of the images a to e by a run that is not asked to do any job.
    private func withBatch(
        _ announced: Notes, _ body: @escaping @Sendable (ImageBatch) async throws -> Void
    ) async throws {
        let works = "abcde".map {
            ImageSegmentation.Work(
                image: ImageInput(path: scratch("\($0).png")), paths: [.labels: scratch("\($0)-labels.png")])
        }
        let model = model
        try await Run.perform(on: try LocalWorkers(count: 1, sharing: SharedFolders(of: []), logLevel: "warning")) { run in
            let segmentation = ImageSegmentation(model: model.model, hash: model.hash, tileSide: nil, run: run)
            try await body(ImageBatch(of: works, segmentation: segmentation) { announced.add($0.image.path) })
        }
    }

    private final class Notes: Sendable {
        private let all = Lock<[String]>([])
        func add(_ path: String) { all.withLock { $0.append(String(path.suffix(5).prefix(1))) } }
        var text: String { all.withLock { $0.joined() } }
    }

    /// The job as a worker gets it, with its pixels.
    private static func tile(_ job: DispatchJob<DeliveredTile>) throws -> TileJob {
        try #require(try WireJSON.decode(JobEnvelope.self, from: try job.body(nil)).job as? TileJob)
    }

    /// What a worker might answer.
    private static func output(of job: TileJob) throws -> Data {
        let core = job.window.core
        let classes = [UInt8](repeating: 0, count: core.area)
        return try WireJSON.encode(
            TileJob.Output(maps: [
                .labels: MapResult(sent: WireArray(classes, .uint8, shape: [core.height, core.width], isDeflated: true))
            ]))
    }

    @Test func `jobs of the next images are handed out before the first image is done, and each image ends by itself`()
        async throws
    {
        let announced = Notes()
        try await withBatch(announced) { [scratch] batch in
            // An image of 120² is one tile in a batch; of the second, which is none, there is no job.
            var tiles = BatchTiles(batch: batch).makeAsyncIterator()
            var jobs: [DispatchJob<DeliveredTile>] = []
            while let job = try await tiles.next() { jobs.append(job) }
            #expect(try jobs.map { try Self.tile($0).window.core.area } == [14_400, 14_400, 14_400, 14_400])
            #expect(await batch.outcome.failures.count == 1)

            func complete(_ number: Int) async throws {
                let done = try jobs[number].accept(Self.output(of: Self.tile(jobs[number])))
                try await batch.add(done.tile, to: done.image)
            }
            func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: scratch("\(name)-labels.png")) }
            try await complete(2)
            #expect(exists("d") && !exists("a"))
            #expect(announced.text == "", "an image was announced before those in front of it")
            try await jobs[1].failed?(.rejected("no pixels"))
            try await complete(0)
            #expect(announced.text == "ad")
            try await jobs[3].failed?(.givenUp(cause: "it kills workers"))
            #expect(!exists("c") && !exists("e"))
            let outcome = await batch.outcome
            #expect(outcome.outputs == ["a", "d"].map { scratch("\($0)-labels.png") })
            #expect(outcome.failures.count == 3)
            #expect {
                try outcome.failures.conclude()
            } throws: { error in
                (error as? CoordinatorError)?.kind == .incomplete && "\(error)".hasPrefix("3 of 5 images failed: ")
            }
        }
        #expect(!scratch.names.contains { $0.hasPrefix(".") }, "\(scratch.names)")
    }

    @Test func `an output that cannot be written ends the batch`() async throws {
        let announced = Notes()
        try await withBatch(announced) { [scratch] batch in
            var tiles = BatchTiles(batch: batch).makeAsyncIterator()
            let job = try #require(try await tiles.next())
            try FileManager.default.createDirectory(atPath: scratch("a-labels.png/x"), withIntermediateDirectories: true)
            let done = try job.accept(Self.output(of: Self.tile(job)))
            await #expect {
                try await batch.add(done.tile, to: done.image)
                _ = try await tiles.next()
            } throws: { error in
                CoordinatorError(classifying: error).kind == .inputOutput
            }
        }
        #expect(announced.text == "")
    }
}
