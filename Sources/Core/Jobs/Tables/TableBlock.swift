package import Forest
package import Foundation
package import Primitives
package import Protocol

/// Consecutive samples of a training table that is too large for one document.
///
/// The document is binary, for there are gigabytes of them: the line `coppice-table-block SAMPLES FEATURES`, the bins `[sample][feature]`,
/// and the class of each sample, a byte each.
package struct TableBlock: Sendable {
    package let sampleCount: Int
    package let featureCount: Int
    /// The largest class index.
    let classMax: UInt8
    /// `[sample][feature]`.
    private let bins: BlockBytes
    /// Of each sample.
    private let classes: Data

    /// What documents start with.
    static let magic = Array("coppice-table-block ".utf8)
    private static let headByteCountMax = 48

    /// What comes before the bins.
    package static func head(sampleCount: Int, featureCount: Int) -> Data {
        Data(magic) + Data("\(sampleCount) \(featureCount)\n".utf8)
    }

    /// The document of `bins`, `[sample][feature]`, and `classes`.
    ///
    /// - Precondition: there are as many bins as samples times features.
    package static func document(bins: Data, classes: Data, featureCount: Int) -> Data {
        precondition(bins.count == classes.count * featureCount, "\(bins.count) bins of \(classes.count) samples")
        return head(sampleCount: classes.count, featureCount: featureCount) + bins + classes
    }

    /// Whether a document claims to be a block.
    static func matches(_ document: Data) -> Bool { document.starts(with: magic) }

    /// - Parameter spillCache: where the bins are kept.
    /// - Throws: `WireError.invalid` when counts are out of range or do not fit the document's size.
    package init(document: Data, in spillCache: SpillCache) throws(WireError) {
        guard Self.matches(document), let end = document.prefix(Self.headByteCountMax).firstIndex(of: UInt8(ascii: "\n")) else {
            throw .invalid("table block: expected the line \"coppice-table-block SAMPLES FEATURES\"")
        }
        let line = document[document.startIndex..<end].dropFirst(Self.magic.count)
        let numbers = String(decoding: line, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false).map {
            Int($0)
        }
        guard numbers.count == 2, let samples = numbers[0], let features = numbers[1],
            TrainingTable.sampleCountRange.contains(samples), TrainingTable.featureCountRange.contains(features)
        else { throw .invalid("table block: expected 1 to 2147483647 samples and 1 to 1000 features in its first line") }
        let headByteCount = end - document.startIndex + 1
        guard document.count == headByteCount + samples * (features + 1) else {
            throw .invalid(
                "table block: expected \(samples * (features + 1)) bytes after the first line, "
                    + "found \(document.count - headByteCount)")
        }
        (sampleCount, featureCount) = (samples, features)
        // Without a copy of the larger part.
        bins = spillCache.keep(document.dropFirst(headByteCount).prefix(samples * features))
        classes = Data(document.suffix(samples))
        classMax = classes.max() ?? 0
    }

    /// Memory, in bytes.
    var byteCount: Int { bins.byteCount + classes.count }

    /// All bins and classes.
    ///
    /// - Throws: `JobError.invalid` when they can no longer be read.
    func samples() throws(JobError) -> (bins: [UInt8], classes: [UInt8]) {
        let bins = try [UInt8](filled: sampleCount * featureCount) { (target) throws(JobError) in
            guard let base = target.baseAddress else { return }
            try self.bins.copy(0..<sampleCount, of: featureCount, to: base)
        }
        return (bins, [UInt8](classes))
    }

    /// Copies the bins and the classes of the samples `rows`, ascending.
    ///
    /// - Throws: `JobError.invalid` when they can no longer be read.
    func copy(
        _ rows: some Collection<Int>, bins target: UnsafeMutablePointer<UInt8>, classes labels: UnsafeMutablePointer<UInt8>
    ) throws(JobError) {
        try bins.copy(rows, of: featureCount, to: target)
        classes.withUnsafeBytes { (classes: UnsafeRawBufferPointer) -> Void in
            for (index, row) in rows.enumerated() { labels[index] = classes[row] }
        }
    }
}

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
