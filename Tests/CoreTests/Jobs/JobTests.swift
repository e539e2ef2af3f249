@testable import Forest
import Foundation
@testable import Imaging
@testable import Jobs
@testable import Primitives
@testable import Protocol
import Testing

@Suite struct JobTests {
    /// A small textured image.
    private func image(_ width: Int, _ height: Int, channels: Int = 1) -> PixelBuffer {
        let bytes = (0..<width * height * channels).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) }
        return PixelBuffer(width: width, height: height, channels: channels, sampleType: .uint8, bytes: bytes)
    }

    private func tileJob(_ model: ContentHash, _ pixels: PixelBuffer, core: PixelRect) -> TileJob {
        TileJob(
            model: model, window: WindowDocument(pixels: pixels, core: core),
            maps: [.labels: MapRequest(.uint8), .probabilities: MapRequest(.uint16), .uncertainty: MapRequest(.float32)])
    }

    @Test func `a job sent over the wire gives the same bytes each time, and its result passes its own check`() throws {
        let model = try SegmentationModelTests.model()
        let bytes = try model.encoded()
        let hash = ContentHash(of: bytes)
        let job = tileJob(hash, image(40, 30), core: PixelRect(x: 3, y: 0, width: 20, height: 30))
        let body = try WireJSON.encode(JobEnvelope(job))
        let request = try JobRequest(body: body)
        #expect(request.blobs == [hash])
        let blobs = BlobSet([hash: try Blob(decoding: bytes)])
        let slot = SlotWorkspace()
        let first = try request.run(in: slot, blobs: blobs).data
        #expect(try request.run(in: slot, blobs: blobs).data == first)
        #expect(try request.run(in: SlotWorkspace(), blobs: blobs).data == first)
        let output = try WireJSON.decode(TileJob.Output.self, from: first)
        try job.check(output)
        let classes = try #require(output.maps[.labels]?.sent).elements(as: UInt8.self)
        let probabilities = try #require(output.maps[.probabilities]?.sent).elements(as: UInt16.self)
        for pixel in classes.indices {
            let shares = (0..<3).map { probabilities[$0 * classes.count + pixel] }
            #expect(shares[Int(classes[pixel])] == shares.max())
        }
    }

    @Test func `jobs that contradict themselves are refused, not trapped`() throws {
        let model = try SegmentationModelTests.model()
        let bytes = try model.encoded()
        let hash = ContentHash(of: bytes)
        let blobs = BlobSet([hash: try Blob(decoding: bytes)])
        let pixels = image(10, 10)
        let cores = [
            PixelRect(x: -1, y: 0, width: 5, height: 5), PixelRect(x: 0, y: 0, width: 11, height: 1),
            PixelRect(x: 6, y: 0, width: 5, height: 1), PixelRect(x: 0, y: 0, width: 0, height: 1),
            PixelRect(x: Int.max, y: Int.max, width: Int.max, height: Int.max),
        ]
        let slot = SlotWorkspace()
        for core in cores {
            #expect(throws: JobError.self) { try tileJob(hash, pixels, core: core).run(in: slot, blobs: blobs) }
        }
        let whole = PixelRect(x: 0, y: 0, width: 10, height: 10)
        #expect(throws: JobError.self) { try tileJob(hash, image(10, 10, channels: 3), core: whole).run(in: slot, blobs: blobs) }
        #expect(throws: JobError.self) { try tileJob(hash, pixels, core: whole).run(in: slot, blobs: BlobSet([:])) }
        guard case .pixels(let spec, _) = model.input else {
            Issue.record("expected a model of images")
            return
        }
        for positions in [[5, 4], [0, 0], [100], [-1]] as [[Int32]] {
            let job = FeatureJob(spec: spec, window: WindowDocument(pixels: pixels, core: whole), pixels: positions)
            #expect(throws: JobError.self) { try job.run(in: slot, blobs: blobs) }
        }
        let trees = TreeJob(table: hash, parameters: try ForestParameters(trees: 4), firstTree: 0, treeCount: 4)
        #expect(throws: JobError.self) { try trees.run(in: slot, blobs: blobs) }
    }

    /// A tile job as it comes over the wire, with another text in the place of its maps.
    private func refusal(ofMaps maps: String) throws -> WireError? {
        let job = tileJob(ContentHash(of: Data()), image(4, 4), core: PixelRect(x: 0, y: 0, width: 4, height: 4))
        let body = String(decoding: try WireJSON.encode(JobEnvelope(job)), as: UTF8.self)
        let range = try #require(body.range(of: #""maps":\{.*?\}\}"#, options: .regularExpression))
        return #expect(throws: WireError.self) {
            try JobRequest(body: Data(body.replacingCharacters(in: range, with: maps).utf8))
        }
    }

    @Test(arguments: [
        (#""maps":{}"#, "maps: expected at least one map"), (#""map":{}"#, "expected the key \"maps\""),
        (#""maps":{"doubt":{"element":"<u2"}}"#, "maps"), (#""maps":{"labels":{"element":"<f4"}}"#, "maps.labels: expected |u1"),
        (#""maps":{"uncertainty":{"element":"|u1"}}"#, "maps.uncertainty: expected <u2 or <f4, found |u1"),
        (#""maps":{"overlay":{"element":"|u1"}}"#, "maps.overlay: expected no map"), (#""maps":["labels"]"#, "maps"),
    ])
    func `a job for maps that workers do not make is refused when it is read`(maps: String, message: String) throws {
        let error = try #require(try refusal(ofMaps: maps))
        #expect(error.description.contains(message), "\(error)")
    }

    @Test func `a result has exactly the maps that were asked for, each as it was asked for`() throws {
        let bytes = try SegmentationModelTests.model().encoded()
        let hash = ContentHash(of: bytes)
        let job = tileJob(hash, image(8, 8), core: PixelRect(x: 0, y: 0, width: 8, height: 8))
        let output = try job.run(in: SlotWorkspace(), blobs: BlobSet([hash: try Blob(decoding: bytes)]))
        try job.check(output)
        #expect(Set(output.maps.keys) == [.labels, .probabilities, .uncertainty])
        for kind in MapKind.allCases {
            var changed = output
            changed.maps[kind] = kind == .overlay ? output.maps[.labels] : nil
            #expect(throws: WireError.self) { try job.check(changed) }
            changed.maps[kind] = MapResult(written: [])
            #expect(throws: WireError.self, "a written map that nobody may write") { try job.check(changed) }
        }
        var both = output
        both.maps[.labels]?.written = []
        #expect(throws: WireError.self) { try job.check(both) }
        for kind in [MapKind.labels, .uncertainty] {
            var one = job
            one.maps = job.maps.filter { $0.key == kind }
            let alone = try one.run(in: SlotWorkspace(), blobs: BlobSet([hash: try Blob(decoding: bytes)]))
            #expect(alone.maps == output.maps.filter { $0.key == kind }, "\(kind)")
        }
    }

    @Test func `a raised flag calls a job off`() throws {
        let slot = SlotWorkspace()
        let flag = CancellationFlag()
        flag.raise()
        slot.cancellation = flag
        let model = try SegmentationModelTests.model()
        let bytes = try model.encoded()
        let job = tileJob(ContentHash(of: bytes), image(9, 9), core: PixelRect(x: 0, y: 0, width: 9, height: 9))
        #expect(throws: JobError.cancelled) {
            try job.run(in: slot, blobs: BlobSet([ContentHash(of: bytes): try Blob(decoding: bytes)]))
        }
    }

    @Test(arguments: [
        #"{"kind":"dance"}"#, #"{}"#, #"[]"#, #"{"kind":"tile"}"#, #"{"kind":"trees","table":"xyz"}"#, #"nonsense"#,
        #"{"kind":"trees","table":"aa","parameters":{},"firstTree":0,"treeCount":1}"#,
    ])
    func `a document that is no job is refused in one line`(text: String) {
        let error = #expect(throws: WireError.self) { try JobRequest(body: Data(text.utf8)) }
        #expect(error?.description.contains("\n") == false)
    }

    @Test func `a trees job that grows too much is refused, and its estimate counts every tree`() throws {
        let bins = [UInt8](repeating: 0, count: 2000)
        let table = try TrainingTable(featureCount: 1000, classCount: 2, bins: bins, classes: [0, 1])
        let hash = ContentHash(of: Data())
        let blobs = BlobSet([hash: .table(table)])
        let parameters = try ForestParameters(trees: 65_536)
        let job = TreeJob(table: hash, parameters: parameters, firstTree: 0, treeCount: 65_536)
        #expect(job.workspaceBytes(blobs: blobs).bytes > 65_536 * 1000 * MemoryLayout<Double>.size)
        let error = #expect(throws: JobError.self) { try job.run(in: SlotWorkspace(), blobs: blobs) }
        #expect(error?.description == "treeCount: expected at most 256, found 65536")
    }

    @Test func `a trees job's split changes no tree`() throws {
        let bins = (0..<300 * 5).map { UInt8(truncatingIfNeeded: ($0 &* 40503) >> 5) }
        let classes = (0..<300).map { UInt8(bins[$0 * 5 + 2] > 100 ? 1 : 0) }
        let table = try TrainingTable(featureCount: 5, classCount: 2, bins: bins, classes: classes)
        let bytes = try TableDocument(table).encoded()
        let hash = ContentHash(of: bytes)
        let blobs = BlobSet([hash: try Blob(decoding: bytes)])
        let parameters = try ForestParameters(trees: 6, seed: 9)
        func run(_ first: Int, _ count: Int) throws -> TreeJob.Output {
            let job = TreeJob(table: hash, parameters: parameters, firstTree: first, treeCount: count)
            let output = try job.run(in: SlotWorkspace(), blobs: blobs)
            try job.check(output)
            return output
        }
        let whole = try run(0, 6)
        let parts = [try run(0, 1), try run(1, 3), try run(4, 2)]
        #expect(parts.flatMap(\.trees) == whole.trees)
        let votes = parts.map { $0.outOfBagVotes.elements(as: UInt32.self) }
        let sums = votes[0].indices.map { index in votes.reduce(0) { $0 + $1[index] } }
        #expect(sums == whole.outOfBagVotes.elements(as: UInt32.self))
    }
}
