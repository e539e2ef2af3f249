package import Features
package import Forest
package import Foundation
package import Protocol

/// A document that many jobs share, in the decoded form in which a worker keeps it.
package enum Blob: Sendable {
    case table(TrainingTable)
    case model(PreparedModel)
    /// A table in blocks, and one of its blocks.
    case index(TableIndex)
    case block(TableBlock)
    case edges(BinEdges)

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
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .format, in: container,
                debugDescription:
                    "expected \(TableDocument.format), \(TableIndex.format), \(EdgesDocument.format) or \(SegmentationModel.format), found \"\(format.prefix(80))\""
            )
        }
    }
}
