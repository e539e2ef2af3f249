@testable import Forest
@testable import Primitives

extension TrainingTable {
    /// A table whose classes depend on the bins, with noise; some features take few values, so that nodes have constant ones.
    static func random(
        samples: ClosedRange<Int>, features: ClosedRange<Int>, classes: Int, using random: inout SplitMix64
    ) throws -> TrainingTable {
        let sampleCount = Int.random(in: samples, using: &random)
        let featureCount = Int.random(in: features, using: &random)
        let values = (0..<featureCount).map { _ in [1, 2, 3, 7, 40, 256, 256, 256].randomElement(using: &random) ?? 256 }
        var bins: [UInt8] = []
        var labels: [UInt8] = []
        for _ in 0..<sampleCount {
            let row = values.map { UInt8(Int.random(in: 0..<$0, using: &random) * (256 / $0) & 255) }
            bins += row
            let signal = (Int(row[0]) + Int(row[featureCount / 2])) * classes / 512
            labels.append(UInt8(Bool.random(using: &random) ? signal : Int.random(in: 0..<classes, using: &random)))
        }
        return try TrainingTable(featureCount: featureCount, classCount: classes, bins: bins, classes: labels)
    }
}

extension ForestParameters {
    /// Parameters drawn over all their forms.
    static func random(using random: inout SplitMix64) throws -> ForestParameters {
        let maxFeatures: [MaxFeatures] = [.sqrt, .log2, .all, .count(3), .count(11), .fraction(0.4)]
        let maxSamples: [MaxSamples] = [.all, .all, .count(50), .fraction(0.5)]
        return try ForestParameters(
            trees: 3, maxDepth: [nil, nil, 1, 4].randomElement(using: &random) ?? nil,
            minSamplesLeaf: [1, 1, 1, 2, 7].randomElement(using: &random) ?? 1,
            maxFeatures: maxFeatures.randomElement(using: &random) ?? .sqrt,
            maxSamples: maxSamples.randomElement(using: &random) ?? .all,
            classWeight: ClassWeight.allCases.randomElement(using: &random) ?? .none,
            seed: random.next())
    }
}
