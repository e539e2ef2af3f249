/// What a forest is grown from: the bins and the class of every labelled sample.
package struct TrainingTable: Sendable {
    /// The number of samples a table may have.
    package static let sampleCountRange = 1...Int(Int32.max)
    /// The number of features a table may have.
    package static let featureCountRange = 1...1_000
    /// The number of classes a table may have.
    package static let classCountRange = 2...255

    /// The number of samples N.
    package let sampleCount: Int
    /// The number of features F, 1…1,000.
    package let featureCount: Int
    /// The number of classes K, 2…255. A class may be without samples.
    package let classCount: Int
    /// `[sample][feature]`, row-major, N · F bytes: the quantile bin of the feature's value.
    package let bins: [UInt8]
    /// `[sample]`: the class, 0 ..< K.
    package let classes: [UInt8]
    /// `[class]`: the number of samples.
    package let samplesOfClass: [Int]

    /// - Throws: `ForestError` when a count is out of its range or an array does not fit the counts.
    package init(featureCount: Int, classCount: Int, bins: [UInt8], classes: [UInt8]) throws(ForestError) {
        _ = try TableShape(sampleCount: classes.count, featureCount: featureCount, classCount: classCount)
        guard bins.count == classes.count * featureCount else {
            throw ForestError("training table: expected \(classes.count)×\(featureCount) bins, found \(bins.count)")
        }
        var counts = [Int](repeating: 0, count: 256)
        for label in classes { counts[Int(label)] += 1 }
        if counts[classCount...].contains(where: { $0 > 0 }), let sample = classes.firstIndex(where: { $0 >= classCount }) {
            throw ForestError(
                "training table: sample \(sample): expected a class below \(classCount), found \(classes[sample])")
        }
        sampleCount = classes.count
        self.featureCount = featureCount
        self.classCount = classCount
        self.bins = bins
        self.classes = classes
        samplesOfClass = Array(counts[..<classCount])
    }
}

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
