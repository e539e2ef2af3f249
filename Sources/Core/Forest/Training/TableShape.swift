/// The counts of a training table.
package struct TableShape: Hashable, Sendable {
    package let sampleCount: Int
    /// 1…1,000.
    package let featureCount: Int
    /// 2…255.
    package let classCount: Int

    /// - Throws: `TrainingTableError` for a count that no table may have.
    package init(sampleCount: Int, featureCount: Int, classCount: Int) throws(TrainingTableError) {
        guard TrainingTable.featureCountRange.contains(featureCount) else { throw .features(featureCount) }
        guard TrainingTable.classCountRange.contains(classCount) else { throw .classes(classCount) }
        guard TrainingTable.sampleCountRange.contains(sampleCount) else { throw .samples(sampleCount) }
        (self.sampleCount, self.featureCount, self.classCount) = (sampleCount, featureCount, classCount)
    }

    init(_ table: TrainingTable) {
        (sampleCount, featureCount, classCount) = (table.sampleCount, table.featureCount, table.classCount)
    }
}

extension TrainingTable {
    package var shape: TableShape { TableShape(self) }
}
