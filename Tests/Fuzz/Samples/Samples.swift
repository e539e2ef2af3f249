@testable package import Features
@testable package import Forest
package import Foundation
@testable package import Imaging
@testable package import Jobs
@testable package import Primitives
@testable package import Protocol

/// Small valid documents: what seeds are made of, and the blobs that fuzzed jobs find.
package struct Samples {
    package let table: TrainingTable
    /// For grey images of 8 bits.
    package let pixelModel: SegmentationModel
    /// For tables of four columns.
    package let rowModel: SegmentationModel
    package let spec: FeatureSpec

    package init() throws {
        spec = try FeatureSpec(families: [.intensity, .edges], sigmas: [1, 2], channels: 1)
        let featureCount = spec.featureCount
        let bins = (0..<40 * featureCount).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 16) & 3 }
        let classes = (0..<40).map { bins[$0 * featureCount] % 3 }
        table = try TrainingTable(featureCount: featureCount, classCount: 3, bins: bins, classes: classes)
        pixelModel = try Self.model(.pixels(spec, .uint8), table)
        rowModel = try Self.model(.rows(names: ["a", "b", "c", "d"]), table)
    }

    private static func model(_ input: ModelInput, _ table: TrainingTable) throws -> SegmentationModel {
        let parameters = try ForestParameters(trees: 2, maxDepth: 3, seed: 5)
        let grower = TreeGrower()
        let trees = (0..<2).map { grower.grow(treeIndex: $0, table: table, parameters: parameters).tree }
        return try SegmentationModel(
            classes: (0..<3).map { SegmentationClass(label: $0 * 7 + 1, name: "class \($0)", colour: .classColour($0)) },
            input: input,
            edges: BinEdges([[Float]](repeating: [0.1, 0.25, 0.7], count: table.featureCount)),
            forest: Forest(featureCount: table.featureCount, classCount: 3, trees: trees),
            training: TrainingRecord(
                parameters: parameters, samplesPerClass: table.samplesOfClass,
                outOfBag: .init(samples: 40, accuracy: 0.75, confusion: [[10, 2, 1], [2, 8, 2], [1, 2, 12]]),
                importances: [0.5, 0.25, 0.125, 0.125], table: ContentHash(of: Data())))
    }

    /// A grey gradient.
    package static func pixels(width: Int, height: Int, channels: Int = 1, sampleType: SampleType = .uint8) -> PixelBuffer {
        let count = width * height * channels * sampleType.byteCount
        return PixelBuffer(
            width: width, height: height, channels: channels, sampleType: sampleType,
            bytes: (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37) })
    }

    /// The hashes under which jobs name their blobs.
    package struct BlobNames {
        package var table = ContentHash(of: Data("table".utf8))
        package var pixelModel = ContentHash(of: Data("model".utf8))
        package var rowModel = ContentHash(of: Data("model".utf8))

        package init() {}
    }

    /// The blobs' documents.
    package func blobDocuments() throws -> (table: Data, pixelModel: Data, rowModel: Data) {
        (try TableDocument(table).encoded(), try pixelModel.encoded(), try rowModel.encoded())
    }

    /// One job of every kind.
    package func jobs(_ names: BlobNames = BlobNames()) throws -> [String: any Job] {
        let window = WindowDocument(
            pixels: Self.pixels(width: 6, height: 5), core: PixelRect(x: 1, y: 1, width: 4, height: 3))
        let grey = Self.pixels(width: 6, height: 5)
        let masked = WindowDocument(
            pixels: PixelBuffer(
                width: 6, height: 5, channels: 1, sampleType: .uint8, bytes: grey.bytes,
                validity: (0..<30).map { $0 % 4 == 0 ? 0 : 1 }), core: PixelRect(x: 1, y: 1, width: 4, height: 3))
        let named = WindowDocument(
            source: ImageReference(
                path: "image.png", size: 200, modified: 0, window: PixelRect(x: 0, y: 0, width: 4, height: 4)),
            core: PixelRect(x: 0, y: 0, width: 4, height: 4))
        let parameters = try ForestParameters(trees: 3, maxDepth: 4)
        let rows = WireArray((0..<12).map { Float($0) / 8 }, .float32, shape: [3, 4], isDeflated: true)
        return [
            "trees": TreeJob(table: names.table, parameters: parameters, firstTree: 1, treeCount: 2),
            "blocks": TreeJob(
                table: names.table, blocks: [names.pixelModel, names.table], parameters: parameters, firstTree: 0, treeCount: 1),
            "carried": carried(names, parameters),
            "fold": FoldJob(
                table: names.table, folds: names.pixelModel, fold: 1, parameters: parameters, firstTree: 0, treeCount: 2),
            "bins": FeatureJob(spec: spec, window: window, pixels: [1, 2], edges: names.table),
            "features": FeatureJob(spec: spec, window: window, pixels: [0, 5, 11]),
            "planes": PlaneJob(spec: spec, window: window),
            "tile": TileJob(
                model: names.pixelModel, window: window,
                maps: [
                    .labels: MapRequest(.uint8), .probabilities: MapRequest(.uint16), .uncertainty: MapRequest(.float32),
                ]),
            "masked": TileJob(
                model: names.pixelModel, window: masked, maps: [.labels: MapRequest(.uint8), .uncertainty: MapRequest(.uint16)]),
            "named": TileJob(model: names.pixelModel, window: named, maps: [.labels: MapRequest(.uint8)]),
            "written": TileJob(
                model: names.pixelModel, window: window,
                maps: [
                    .labels: MapRequest(
                        .uint8,
                        destination: MapDestination(
                            folders: ["/none/.labels.zarr.partial/0123456789abcdef0123456789abcdef"], width: 4, height: 3,
                            tileSide: 512, tile: PixelRect(x: 0, y: 0, width: 4, height: 3), labels: [1, 8, 15],
                            isStack: false)), .probabilities: MapRequest(.uint16),
                ], nonce: "run 1"),
            "large": PlaneJob(
                spec: spec,
                window: WindowDocument(
                    pixels: Self.pixels(width: 40, height: 20), core: PixelRect(x: 8, y: 8, width: 3, height: 3))),
            "probe": ProbeJob(
                sources: [
                    ImageReference(path: "none.tif", size: 9, modified: 0, window: PixelRect(x: 0, y: 0, width: 4, height: 4)),
                    ImageReference(
                        path: "image.png", size: 200, modified: 0, window: PixelRect(x: 0, y: 0, width: 4, height: 4)),
                ], nonce: "run 1"),
            "rows": RowJob(model: names.rowModel, values: rows, probabilities: true),
        ]
    }

    /// A job that carries the samples of its tree.
    private func carried(_ names: BlobNames, _ parameters: ForestParameters) -> TreeJob {
        var job = TreeJob(table: names.table, parameters: parameters, firstTree: 2, treeCount: 1)
        job.judged = names.pixelModel
        let rows = TreeJob.drawnRows(ofTree: 2, table: table.shape, parameters: parameters)
        let features = table.featureCount
        job.drawn = [
            TreeJob.DrawnSamples(
                bins: Data(rows.flatMap { table.bins[Int($0) * features..<(Int($0) + 1) * features] }),
                classes: Data(rows.map { table.classes[Int($0)] }), featureCount: features)
        ]
        return job
    }

    /// The blobs that a job names, whatever their hashes are.
    package func blobs(of job: any Job) -> BlobSet {
        if let trees = job as? TreeJob, let judged = trees.judged {
            let whole = TableBlock.document(
                bins: Data(table.bins), classes: Data(table.classes), featureCount: table.featureCount)
            guard let all = try? Blob(decoding: whole) else { preconditionFailure("the sample of a block is none") }
            return BlobSet([trees.table: .index(index(of: [judged, judged])), judged: all])
        }
        if let trees = job as? TreeJob, let blocks = trees.blocks {
            var blobs = Dictionary(blocks.map { ($0, block) }) { first, _ in first }
            blobs[trees.table] = .index(index(of: blocks))
            return BlobSet(blobs)
        }
        if let fold = job as? FoldJob {
            let folds = (0..<table.sampleCount).map { UInt8($0 % 3) }
            return BlobSet([fold.table: .table(table)].merging([fold.folds: .folds(folds)]) { first, _ in first })
        }
        let blob: Blob =
            switch job {
            case is FeatureJob: .edges(pixelModel.edges)
            case is TreeJob: .table(table)
            case is RowJob: .model(PreparedModel(rowModel))
            default: .model(PreparedModel(pixelModel))
            }
        return BlobSet(Dictionary(job.blobs.map { ($0, blob) }) { first, _ in first })
    }

    /// Half of the table, as a document.
    package var blockDocument: Data {
        TableBlock.document(
            bins: Data(table.bins.prefix(20 * table.featureCount)), classes: Data(table.classes.prefix(20)),
            featureCount: table.featureCount)
    }

    private var block: Blob {
        guard let block = try? Blob(decoding: blockDocument) else { preconditionFailure("the sample of a block is none") }
        return block
    }

    /// The index of the table in two blocks.
    package func index(of blocks: [ContentHash]) -> TableIndex {
        TableIndex(shape: table.shape, samplesOfClass: table.samplesOfClass, samplesPerBlock: 20, blocks: blocks)
    }
}
