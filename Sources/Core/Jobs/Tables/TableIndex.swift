package import Forest
package import Foundation
package import Primitives
internal import Protocol

/// What a training table in blocks consists of: a blob that names the others.
package struct TableIndex: Codable, Hashable, Sendable {
    /// The value of `format`.
    package static let format = "coppice-table-index"

    private var format: String
    package var sampleCount: Int
    package var featureCount: Int
    /// `[class]`: samples.
    package var samplesOfClass: [Int]
    /// Samples of every block but the last, which may have fewer.
    package var samplesPerBlock: Int
    /// In the order of their samples.
    package var blocks: [ContentHash]

    package init(shape: TableShape, samplesOfClass: [Int], samplesPerBlock: Int, blocks: [ContentHash]) {
        format = Self.format
        sampleCount = shape.sampleCount
        featureCount = shape.featureCount
        self.samplesOfClass = samplesOfClass
        self.samplesPerBlock = samplesPerBlock
        self.blocks = blocks
    }

    /// - Throws: `WireError.invalid` for counts that contradict each other.
    func shape() throws(WireError) -> TableShape {
        let shape: TableShape
        do {
            shape = try TableShape(sampleCount: sampleCount, featureCount: featureCount, classCount: samplesOfClass.count)
        } catch {
            throw .invalid("table index: \(error)")
        }
        var sum = 0
        for count in samplesOfClass {
            guard count >= 0, count <= sampleCount - sum else {
                throw .invalid("table index: expected samples of classes that add up to \(sampleCount)")
            }
            sum += count
        }
        guard sum == sampleCount, samplesPerBlock >= 1, blocks.count == (sampleCount - 1) / samplesPerBlock + 1 else {
            throw .invalid(
                "table index: expected \(sampleCount) samples in blocks of \(samplesPerBlock), "
                    + "found \(blocks.count) blocks and classes of \(sum) samples")
        }
        return shape
    }

    /// The blob's bytes, canonical JSON.
    package func encoded() throws -> Data { try WireJSON.encode(self) }
}
