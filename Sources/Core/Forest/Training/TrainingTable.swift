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

    /// - Throws: `TrainingTableError` when a count is out of its range or an array does not fit the counts.
    package init(featureCount: Int, classCount: Int, bins: [UInt8], classes: [UInt8]) throws(TrainingTableError) {
        guard Self.featureCountRange.contains(featureCount) else { throw .features(featureCount) }
        guard Self.classCountRange.contains(classCount) else { throw .classes(classCount) }
        guard Self.sampleCountRange.contains(classes.count) else { throw .samples(classes.count) }
        guard bins.count == classes.count * featureCount else {
            throw .binCount(samples: classes.count, features: featureCount, found: bins.count)
        }
        var counts = [Int](repeating: 0, count: 256)
        for label in classes { counts[Int(label)] += 1 }
        if counts[classCount...].contains(where: { $0 > 0 }), let sample = classes.firstIndex(where: { $0 >= classCount }) {
            throw .label(sample: sample, classCount: classCount, found: Int(classes[sample]))
        }
        sampleCount = classes.count
        self.featureCount = featureCount
        self.classCount = classCount
        self.bins = bins
        self.classes = classes
        samplesOfClass = Array(counts[..<classCount])
    }
}

/// Why arrays are no training table. `description` is one line for the user.
package enum TrainingTableError: Error, Equatable, Sendable, CustomStringConvertible {
    case samples(Int)
    case features(Int)
    case classes(Int)
    case binCount(samples: Int, features: Int, found: Int)
    case label(sample: Int, classCount: Int, found: Int)

    package var description: String {
        switch self {
        case .samples(let found): "training table: expected 1 to 2147483647 samples, found \(found)"
        case .features(let found): "training table: expected 1 to 1000 features, found \(found)"
        case .classes(let found): "training table: expected 2 to 255 classes, found \(found)"
        case .binCount(let samples, let features, let found):
            "training table: expected \(samples)×\(features) bins, found \(found)"
        case .label(let sample, let classCount, let found):
            "training table: sample \(sample): expected a class below \(classCount), found \(found)"
        }
    }
}
