/// A training table whose samples lie in blocks.
public struct BlockedTable: Sendable {
    public let shape: TableShape
    /// `[class]`: samples.
    let samplesOfClass: [Int]
    private let blocks: [TableBlock]
    private let samplesPerBlock: Int

    /// - Throws: `WireError.invalid` when the blocks do not fit the index.
    public init(_ index: TableIndex, blocks: [TableBlock]) throws(WireError) {
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
    func gather(_ rows: [UInt32]) -> (bins: [UInt8], classes: [UInt8]) {
        let features = shape.featureCount
        var classes = [UInt8](repeating: 0, count: rows.count)
        let bins = [UInt8](unsafeUninitializedCapacity: rows.count * features) { target, count in
            var next = 0
            for (number, block) in blocks.enumerated() {
                let first = number * samplesPerBlock
                let end = first + block.sampleCount
                block.withBytes { bins, labels in
                    while next < rows.count, Int(rows[next]) < end {
                        let row = Int(rows[next]) - first
                        target.baseAddress.map { ($0 + next * features).update(from: bins + row * features, count: features) }
                        classes[next] = labels[row]
                        next += 1
                    }
                }
            }
            precondition(next == rows.count, "row \(next) of \(rows.count) lies beyond the table")
            count = rows.count * features
        }
        return (bins, classes)
    }
}
