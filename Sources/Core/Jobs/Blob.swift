package import Features
package import Forest
package import Foundation
internal import Imaging
package import Primitives
package import Protocol

/// A document that many jobs share, in the decoded form in which a worker keeps it.
package enum Blob: Sendable {
    case table(TrainingTable)
    case model(PreparedModel)
    /// A table in blocks, and one of its blocks.
    case index(TableIndex)
    case block(TableBlock)
    case edges(BinEdges)
    /// The fold of each sample of a table.
    case folds([UInt8])

    /// Decodes and validates a blob, told apart by its `format`.
    ///
    /// - Throws: `WireError.invalid` when the bytes are no valid training table and no valid model.
    /// - Complexity: O(n) in the body's size; call it where computing is allowed.
    ///
    /// - Parameters:
    ///   - inflatedBytesMax: what its compressed arrays may unpack to, all together.
    ///   - spillCache: where the bins of a table's block are kept; nil for memory.
    package init(
        decoding bytes: Data, inflatedBytesMax: Int = WireArray.decodedBytesMax, spillCache: SpillCache? = nil
    ) throws(WireError) {
        if TableBlock.matches(bytes) {
            self = .block(try TableBlock(document: bytes, in: spillCache ?? SpillCache(bytesMax: .max / 2)))
            return
        }
        self = try WireJSON.decode(BlobDocument.self, from: bytes, inflatedBytesMax: inflatedBytesMax).blob
    }

    /// Memory that the decoded form takes, in bytes, to within a few per cent.
    package var byteCount: Int {
        switch self {
        case .table(let table): table.bins.count + table.classes.count
        case .model(let prepared): prepared.byteCount
        case .index(let index): 64 * index.blocks.count + 1024
        case .block(let block): block.byteCount
        case .edges(let edges): edges.featureCount * 16_384
        case .folds(let folds): folds.count
        }
    }
}

private struct BlobDocument: Decodable {
    let blob: Blob

    private enum CodingKeys: String, CodingKey { case format }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let format = try container.decode(String.self, forKey: .format)
        switch format {
        case TableDocument.format: blob = .table(try TableDocument(from: decoder).table())
        case SegmentationModel.format: blob = .model(PreparedModel(try SegmentationModel(from: decoder)))
        case TableIndex.format:
            let index = try TableIndex(from: decoder)
            _ = try index.shape()
            blob = .index(index)
        case EdgesDocument.format: blob = .edges(try EdgesDocument(from: decoder).binEdges())
        case FoldsDocument.format: blob = .folds(try FoldsDocument(from: decoder).values())
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .format, in: container,
                debugDescription:
                    "expected \(TableDocument.format), \(TableIndex.format), \(EdgesDocument.format), \(FoldsDocument.format) or "
                    + "\(SegmentationModel.format), found \"\(format.prefix(80))\""
            )
        }
    }
}

/// A model laid out for prediction: made once, shared by all slots of a worker.
package struct PreparedModel: Sendable {
    package let model: SegmentationModel
    let predictor: ForestPredictor
    /// `[feature]`: whether a tree uses it; nil if all are used.
    let neededFeatures: [Bool]?

    package init(_ model: SegmentationModel) {
        self.model = model
        predictor = ForestPredictor(forest: model.forest)
        neededFeatures = predictor.usesFeature.contains(false) ? predictor.usesFeature : nil
    }

    /// Memory that the model takes, in bytes, to within a few per cent: the trees as read and as laid out for prediction.
    package var byteCount: Int {
        model.forest.trees.reduce(0) { sum, tree in
            sum + 2 * (tree.feature.count * 7 + tree.leaves.count * 2)
        }
    }

    /// Throws unless the model reads pixels of this kind.
    func requirePixels(channels: Int, sampleType: SampleType) throws(JobError) -> FeatureSpec {
        guard case .pixels(let spec, let expected) = model.input else {
            throw .invalid("model: expected one that was trained on images, found one that was trained on a table")
        }
        guard spec.channels == channels, expected == sampleType else {
            throw .invalid(
                "image: expected \(spec.channels) channels of \(expected.rawValue) as in training, "
                    + "found \(channels) of \(sampleType.rawValue)")
        }
        return spec
    }
}

/// The blobs that a job asked for, by hash.
package struct BlobSet: Sendable {
    private let blobs: [ContentHash: Blob]

    package init(_ blobs: [ContentHash: Blob]) { self.blobs = blobs }

    /// The blob with this hash; nil if it is not among them.
    subscript(_ hash: ContentHash) -> Blob? { blobs[hash] }

    /// The training table with this hash.
    func table(_ hash: ContentHash) throws(JobError) -> TrainingTable {
        guard case .table(let table)? = blobs[hash] else { throw .invalid("blob \(hash): expected a training table") }
        return table
    }

    /// The index with this hash.
    func index(_ hash: ContentHash) throws(JobError) -> TableIndex {
        guard case .index(let index)? = blobs[hash] else {
            throw .invalid("blob \(hash): expected the index of a training table")
        }
        return index
    }

    /// The table that an index and its blocks are.
    func blockedTable(_ hash: ContentHash) throws(JobError) -> BlockedTable {
        let index = try index(hash)
        var parts: [TableBlock] = []
        for name in index.blocks {
            guard case .block(let block)? = blobs[name] else {
                throw .invalid("blob \(name): expected a block of a training table")
            }
            parts.append(block)
        }
        do {
            return try BlockedTable(index, blocks: parts)
        } catch {
            throw .invalid(error.description)
        }
    }

    /// All samples of the block with this hash, of a table of this shape.
    func samples(_ hash: ContentHash, count: Int, of shape: TableShape) throws(JobError) -> (bins: [UInt8], classes: [UInt8]) {
        guard case .block(let block)? = blobs[hash], block.sampleCount == count, block.featureCount == shape.featureCount,
            Int(block.classMax) < shape.classCount
        else { throw .invalid("blob \(hash): expected a block of \(count) samples of \(shape.featureCount) features") }
        return try block.samples()
    }

    /// The edges with this hash.
    func edges(_ hash: ContentHash) throws(JobError) -> BinEdges {
        guard case .edges(let edges)? = blobs[hash] else { throw .invalid("blob \(hash): expected bin edges") }
        return edges
    }

    /// The folds with this hash.
    func folds(_ hash: ContentHash) throws(JobError) -> [UInt8] {
        guard case .folds(let folds)? = blobs[hash] else { throw .invalid("blob \(hash): expected the folds of a table") }
        return folds
    }

    /// The model with this hash.
    func model(_ hash: ContentHash) throws(JobError) -> PreparedModel {
        guard case .model(let model)? = blobs[hash] else { throw .invalid("blob \(hash): expected a model") }
        return model
    }
}
