package import Forest
internal import Primitives
package import Protocol

/// A training table whose samples lie in blocks.
package struct BlockedTable: Sendable {
    package let shape: TableShape
    /// `[class]`: samples.
    let samplesOfClass: [Int]
    private let blocks: [TableBlock]
    private let samplesPerBlock: Int

    /// - Throws: `WireError.invalid` when the blocks do not fit the index.
    package init(_ index: TableIndex, blocks: [TableBlock]) throws(WireError) {
        shape = try index.shape()
        guard blocks.count == index.blocks.count else {
            throw .invalid("table: expected \(index.blocks.count) blocks, found \(blocks.count)")
        }
        for (number, block) in blocks.enumerated() {
            let expected = min(index.samplesPerBlock, index.sampleCount - number * index.samplesPerBlock)
            guard block.sampleCount == expected, block.featureCount == index.featureCount, Int(block.classMax) < shape.classCount
            else {
                throw .invalid(
                    "table block \(number): expected \(expected) samples of \(index.featureCount) features and classes below "
                        + "\(shape.classCount), found \(block.sampleCount) of \(block.featureCount) and the class \(block.classMax)"
                )
            }
        }
        self.blocks = blocks
        samplesOfClass = index.samplesOfClass
        samplesPerBlock = index.samplesPerBlock
    }

    /// The samples `rows`, ascending: their bins `[row][feature]` and classes.
    ///
    /// - Complexity: O(rows · features), a pass over the blocks.
    /// - Throws: `JobError.invalid` when a block can no longer be read.
    func gather(_ rows: [UInt32]) throws(JobError) -> (bins: [UInt8], classes: [UInt8]) {
        let features = shape.featureCount
        var classes = [UInt8](repeating: 0, count: rows.count)
        let bins = try [UInt8](filled: rows.count * features) { (target) throws(JobError) in
            var failure: JobError?
            classes.withUnsafeMutableBufferPointer { classes in
                do throws(JobError) {
                    try copy(rows, to: target, classes)
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
        }
        return (bins, classes)
    }

    private func copy(
        _ rows: [UInt32], to bins: UnsafeMutableBufferPointer<UInt8>, _ classes: UnsafeMutableBufferPointer<UInt8>
    ) throws(JobError) {
        guard let bins = bins.baseAddress, let classes = classes.baseAddress else { return }
        var next = 0
        for (number, block) in blocks.enumerated() {
            let first = number * samplesPerBlock
            var end = next
            while end < rows.count, Int(rows[end]) < first + block.sampleCount { end += 1 }
            if end > next {
                try block.copy(
                    rows[next..<end].lazy.map { Int($0) - first }, bins: bins + next * shape.featureCount, classes: classes + next
                )
            }
            next = end
        }
        precondition(next == rows.count, "row \(next) of \(rows.count) lies beyond the table")
    }
}
