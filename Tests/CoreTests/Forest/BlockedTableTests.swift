internal import Features
@testable import Forest
import Foundation
@testable import Imaging
@testable import Jobs
@testable import Primitives
@testable import Protocol
import Testing

/// Tables in blocks: the same trees as on the whole table.
@Suite struct BlockedTableTests {
    /// The blobs of a table in blocks, and their names.
    private func blobs(
        _ table: TrainingTable, samplesPerBlock: Int, spillCache: SpillCache? = nil
    ) throws -> (index: ContentHash, [ContentHash], BlobSet) {
        var blobs: [ContentHash: Blob] = [:]
        var blocks: [ContentHash] = []
        for first in stride(from: 0, to: table.sampleCount, by: samplesPerBlock) {
            let rows = first..<min(table.sampleCount, first + samplesPerBlock)
            let bins = table.bins[rows.lowerBound * table.featureCount..<rows.upperBound * table.featureCount]
            let document = TableBlock.document(
                bins: Data(bins), classes: Data(table.classes[rows]), featureCount: table.featureCount)
            let hash = ContentHash(of: document)
            blobs[hash] = try Blob(decoding: document, spillCache: spillCache)
            blocks.append(hash)
        }
        let index = try TableIndex(
            shape: table.shape, samplesOfClass: table.samplesOfClass, samplesPerBlock: samplesPerBlock, blocks: blocks
        ).encoded()
        blobs[ContentHash(of: index)] = try Blob(decoding: index)
        return (ContentHash(of: index), blocks, BlobSet(blobs))
    }

    @Test(arguments: [1, 7, 100, 499, 500, 4000])
    func `trees, importances and votes are those of the whole table`(samplesPerBlock: Int) throws {
        let slot = SlotWorkspace()
        var random = SplitMix64(seed: 31)
        let table = try TrainingTable.random(samples: 500...500, features: 6...6, classes: 4, using: &random)
        // Some blocks in memory, the others on the disk.
        let (index, blocks, blobs) = try blobs(table, samplesPerBlock: samplesPerBlock, spillCache: SpillCache(bytesMax: 700))
        let whole = ContentHash(of: Data("whole".utf8))
        for (maxSamples, weight) in [
            (MaxSamples.all, ClassWeight.none), (.count(12), .balanced), (.count(300), .none), (.fraction(0.02), .balanced),
        ] {
            let parameters = try ForestParameters(trees: 5, maxSamples: maxSamples, classWeight: weight, seed: 8)
            let expected = try TreeJob(table: whole, parameters: parameters, firstTree: 1, treeCount: 3)
                .run(in: slot, blobs: BlobSet([whole: .table(table)]))
            let found = try TreeJob(table: index, blocks: blocks, parameters: parameters, firstTree: 1, treeCount: 3)
                .run(in: slot, blobs: blobs)
            #expect(try WireJSON.encode(found) == WireJSON.encode(expected), "\(maxSamples), \(weight), seed 31")
        }
    }

    /// A job that carries the samples of its trees, and its blobs.
    private func carrying(_ table: TrainingTable, _ parameters: ForestParameters, trees: Range<Int>) throws -> (TreeJob, BlobSet)
    {
        func samples(_ rows: [UInt32]) -> (bins: [UInt8], classes: [UInt8]) {
            let features = table.featureCount
            return (
                rows.flatMap { table.bins[Int($0) * features..<(Int($0) + 1) * features] }, rows.map { table.classes[Int($0)] }
            )
        }
        let (bins, classes) = samples(TreeJob.judgedRows(of: table.shape))
        let judged = TableBlock.document(bins: Data(bins), classes: Data(classes), featureCount: table.featureCount)
        let (index, _, _) = try blobs(table, samplesPerBlock: 100)
        let named = TableIndex(
            shape: table.shape, samplesOfClass: table.samplesOfClass, samplesPerBlock: table.sampleCount,
            blocks: [ContentHash(of: judged)])
        var job = TreeJob(table: index, parameters: parameters, firstTree: trees.lowerBound, treeCount: trees.count)
        job.judged = ContentHash(of: judged)
        job.drawn = trees.map {
            let (bins, classes) = samples(TreeJob.drawnRows(ofTree: $0, table: table.shape, parameters: parameters))
            return TreeJob.DrawnSamples(bins: Data(bins), classes: Data(classes), featureCount: table.featureCount)
        }
        return (job, BlobSet([index: .index(named), ContentHash(of: judged): try Blob(decoding: judged)]))
    }

    @Test func `a job that carries the samples of its trees needs no table, and gives the same`() throws {
        let slot = SlotWorkspace()
        var random = SplitMix64(seed: 32)
        let table = try TrainingTable.random(samples: 500...500, features: 6...6, classes: 4, using: &random)
        let whole = ContentHash(of: Data("whole".utf8))
        for (maxSamples, weight) in [(MaxSamples.all, ClassWeight.none), (.count(12), .balanced), (.count(300), .none)] {
            let parameters = try ForestParameters(trees: 5, maxSamples: maxSamples, classWeight: weight, seed: 8)
            let expected = try TreeJob(table: whole, parameters: parameters, firstTree: 1, treeCount: 3)
                .run(in: slot, blobs: BlobSet([whole: .table(table)]))
            let (job, blobs) = try carrying(table, parameters, trees: 1..<4)
            // As it comes over the wire.
            let request = try JobRequest(body: try WireJSON.encode(JobEnvelope(job)))
            #expect(Set(request.blobs) == Set([job.table, job.judged].compactMap { $0 }))
            #expect(request.workspaceBytes(blobs: blobs) > 0)
            #expect(
                try request.run(in: slot, blobs: blobs).data == WireJSON.encode(expected), "\(maxSamples), \(weight), seed 32")
        }
    }

    @Test func `samples that cannot be those of the trees are refused`() throws {
        var random = SplitMix64(seed: 33)
        let table = try TrainingTable.random(samples: 90...90, features: 3...3, classes: 2, using: &random)
        let parameters = try ForestParameters(trees: 2, maxSamples: .count(20), seed: 8)
        let (job, blobs) = try carrying(table, parameters, trees: 0..<2)
        let good = try #require(job.drawn)
        func refuses(_ change: (inout TreeJob) -> Void) {
            var bad = job
            change(&bad)
            #expect(throws: JobError.self) { try bad.run(in: SlotWorkspace(), blobs: blobs) }
        }
        refuses { $0.judged = nil }
        refuses { $0.judged = $0.table }
        refuses { $0.drawn = [good[0]] }
        refuses { $0.drawn = [good[0], TreeJob.DrawnSamples(bins: Data(), classes: Data(), featureCount: 3)] }
        refuses { $0.drawn?[1].classes = WireArray([UInt8](repeating: 2, count: good[1].classes.bytes.count), .uint8) }
        refuses { $0.drawn?[1].bins = WireArray([UInt8](repeating: 2, count: 60), .uint8) }
    }

    @Test func `what is kept is given back, and bytes that the disk does not take stay in memory`() throws {
        let spillCache = SpillCache(bytesMax: 100)
        let bytes = Data((0..<60).map { UInt8($0) })
        func rows(_ kept: BlockBytes) throws -> [UInt8] {
            var target = [UInt8](repeating: 0, count: 15)
            try target.withUnsafeMutableBufferPointer { target in
                if let base = target.baseAddress { try kept.copy([0, 3, 9], of: 5, to: base) }
            }
            return target
        }
        let expected = [0, 15, 45].flatMap { start in (0..<5).map { UInt8(start + $0) } }
        var kept = [spillCache.keep(bytes), spillCache.keep(bytes)]
        #expect(kept.map(\.byteCount) == [60, 0])
        for one in kept { #expect(try rows(one) == expected) }
        kept.removeFirst()
        kept.append(spillCache.keep(bytes))
        #expect(kept.map(\.byteCount) == [0, 60])
        for one in kept { #expect(try rows(one) == expected) }
        let none = SpillCache(bytesMax: 0, folder: "/nonexistent").keep(bytes)
        #expect(none.byteCount == 60)
        #expect(try rows(none) == expected)
    }

    @Test func `draws without the samples that were not drawn are those of the bootstrap`() {
        for (count, draws) in [(1, 1), (50, 50), (1000, 7), (1000, 62), (1000, 63), (4000, 1)] {
            let whole = Bootstrap(seed: 3, tree: 2, sampleCount: count, draws: draws).counts
            let drawn = DrawnRows(seed: 3, tree: 2, sampleCount: count, draws: draws)
            #expect(drawn.rows.map { Int($0) } == whole.indices.filter { whole[$0] > 0 })
            #expect(drawn.counts == whole.filter { $0 > 0 })
        }
    }

    @Test(arguments: [
        "coppice-table-block", "coppice-table-block 2 2\n", "coppice-table-block 2 2\nabcd01x", "coppice-table-block 0 2\n",
        "coppice-table-block 1 1001\n", "coppice-table-block 9999999999 1000\n", "coppice-table-block -1 2\nab",
        "coppice-table-block 1  1\nab", "coppice-table-block 1 1 \nab",
        "coppice-table-block 99999999999999999999999999999999999999",
    ])
    func `a document that is no block is refused in one line`(text: String) {
        let error = #expect(throws: WireError.self) { try Blob(decoding: Data(text.utf8)) }
        #expect(error?.description.contains("\n") == false)
    }

    @Test func `an index that contradicts itself or its blocks is refused`() throws {
        var random = SplitMix64(seed: 32)
        let table = try TrainingTable.random(samples: 40...40, features: 3...3, classes: 3, using: &random)
        let (name, blocks, blobs) = try blobs(table, samplesPerBlock: 20)
        let sound = try blobs.index(name)
        func refused(_ change: (inout TableIndex) -> Void) throws {
            var index = sound
            change(&index)
            #expect(throws: (any Error).self) { try Blob(decoding: try index.encoded()) }
        }
        try refused { $0.sampleCount = 41 }
        try refused { $0.samplesPerBlock = 0 }
        try refused { $0.samplesOfClass = [40] }
        try refused { $0.samplesOfClass[0] = -1 }
        try refused { $0.blocks.removeLast() }
        #expect(throws: WireError.self) {
            var two = sound
            two.samplesOfClass = [sound.samplesOfClass.reduce(0, +), 0]
            _ = try BlockedTable(two, blocks: blocks.map { try block($0, blobs) })
        }
        #expect(throws: WireError.self) {
            try BlockedTable(sound, blocks: try blocks.reversed().dropLast().map { try block($0, blobs) })
        }
        let parameters = try ForestParameters(trees: 1)
        #expect(throws: JobError.self) {
            try TreeJob(table: name, blocks: blocks.reversed(), parameters: parameters, firstTree: 0, treeCount: 1)
                .run(in: SlotWorkspace(), blobs: blobs)
        }
        #expect(throws: JobError.self) {
            try TreeJob(table: name, parameters: parameters, firstTree: 0, treeCount: 1).run(in: SlotWorkspace(), blobs: blobs)
        }
    }

    private func block(_ name: ContentHash, _ blobs: BlobSet) throws -> TableBlock {
        guard case .block(let block)? = blobs[name] else { throw WireError.invalid("no block") }
        return block
    }

    @Test func `bins asked for are those of the features`() throws {
        let model = try SegmentationModelTests.model()
        guard case .pixels(let spec, _) = model.input else {
            Issue.record("expected a model of images")
            return
        }
        let document = try EdgesDocument(model.edges).encoded()
        let hash = ContentHash(of: document)
        let pixels = PixelBuffer(width: 20, height: 20, channels: 1, sampleType: .uint8, bytes: (0..<400).map { UInt8($0 % 251) })
        let window = WindowDocument(pixels: pixels, core: PixelRect(x: 0, y: 0, width: 20, height: 20))
        let positions: [Int32] = [0, 7, 33, 399]
        let slot = SlotWorkspace()
        let floats = try FeatureJob(spec: spec, window: window, pixels: positions).run(in: slot, blobs: BlobSet([:]))
        let job = FeatureJob(spec: spec, window: window, pixels: positions, edges: hash)
        let bins = try job.run(in: slot, blobs: BlobSet([hash: try Blob(decoding: document)]))
        try job.check(bins)
        let expected = floats.samples.elements(as: Float.self).enumerated().map {
            model.edges.bin($0.element, feature: $0.offset % spec.featureCount)
        }
        #expect(bins.samples.elements(as: UInt8.self) == expected)
        #expect(throws: JobError.self) { try job.run(in: slot, blobs: BlobSet([:])) }
    }
}
