/// The counts of a training table.
package struct TableShape: Hashable, Sendable {
    package let sampleCount: Int
    /// 1…1,000.
    package let featureCount: Int
    /// 2…255.
    package let classCount: Int

    /// - Throws: `ForestError` for a count that no table may have.
    package init(sampleCount: Int, featureCount: Int, classCount: Int) throws(ForestError) {
        func check(_ count: Int, _ range: ClosedRange<Int>, _ what: String) throws(ForestError) {
            guard range.contains(count) else {
                throw ForestError(
                    "training table: expected \(range.lowerBound) to \(range.upperBound) \(what), found \(count)")
            }
        }
        try check(featureCount, TrainingTable.featureCountRange, "features")
        try check(classCount, TrainingTable.classCountRange, "classes")
        try check(sampleCount, TrainingTable.sampleCountRange, "samples")
        (self.sampleCount, self.featureCount, self.classCount) = (sampleCount, featureCount, classCount)
    }

    init(_ table: TrainingTable) {
        (sampleCount, featureCount, classCount) = (table.sampleCount, table.featureCount, table.classCount)
    }
}

extension TrainingTable {
    package var shape: TableShape { TableShape(self) }
}
