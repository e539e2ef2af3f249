internal import Features
internal import Forest
internal import Foundation
internal import Primitives
internal import Protocol

/// Keeps the features that matter most to a first, small forest.
///
/// 1. 50 trees are grown on all features, by the same jobs as the model's, in a phase of their own. A tree draws at most 20,000 samples;
///    depth, leaves, features of a split and class weights are the model's. Its random stream is not.
/// 2. The decrease in impurity that each feature brought is summed tree by tree, so that the sums depend on no worker.
/// 3. The features with the largest sums are kept, of equal ones the first, and stay in their order.
///
/// The table keeps the columns of these alone, with their edges as they are; the model's forest is grown on it.
struct FeatureSelection: Sendable {
    /// Trees of the first forest.
    static let trees = 50
    /// The most samples that one of them draws.
    static let drawsMax = 20_000
    /// What tells its streams from the model's.
    private static let streams: UInt64 = 0x7365_6C65_6374_2121

    /// Features that are kept, at least 1 and fewer than there are.
    let count: Int
    /// The training of the model, on all features.
    let training: ForestTraining

    /// The positions of the features that are kept, ascending.
    ///
    /// - Parameter table: of all features.
    func features(on table: ReadyTable) async throws -> [Int] {
        let model = training.parameters
        let draws = min(model.maxSamples.count(of: table.shape.sampleCount), Self.drawsMax)
        let first = try ForestTraining(
            parameters: ForestParameters(
                trees: Self.trees, maxDepth: model.maxDepth, minSamplesLeaf: model.minSamplesLeaf, maxFeatures: model.maxFeatures,
                maxSamples: .count(draws), classWeight: model.classWeight, seed: SplitMix64.mix(model.seed ^ Self.streams)),
            input: training.input, classes: training.classes, run: training.run)
        return Self.best(of: try await first.importances(on: table, kind: "select"), count: count)
    }

    /// The positions of the largest values, ascending; of equal ones the first.
    static func best(of importances: [Double], count: Int) -> [Int] {
        let order = importances.indices.sorted { (importances[$1], $0) < (importances[$0], $1) }
        return order.prefix(count).sorted()
    }
}

extension LabelledSamples {
    /// The same samples with some of their features.
    func keeping(_ features: [Int]) -> LabelledSamples {
        let kept = [Float](unsafeUninitializedCapacity: count * features.count) { target, filled in
            for sample in 0..<count {
                for (column, feature) in features.enumerated() {
                    target.initializeElement(
                        at: sample * features.count + column, to: values[sample * featureCount + feature])
                }
            }
            filled = count * features.count
        }
        return LabelledSamples(featureCount: features.count, values: kept, labels: labels)
    }
}

extension TableFile {
    /// The same samples with some of their features, in another file.
    ///
    /// - Parameter folder: where the file is made.
    func keeping(_ features: [Int], in folder: String) throws -> TableFile {
        let kept = try TableFile(
            in: folder,
            shape: try TableShape(
                sampleCount: shape.sampleCount, featureCount: features.count, classCount: shape.classCount))
        let classes = try classes()
        for first in stride(from: 0, to: shape.sampleCount, by: samplesPerBlock) {
            let rows = first..<min(first + samplesPerBlock, shape.sampleCount)
            let source = try bins(rows.map { UInt32($0) })
            let narrow = Self.columns(features, of: source, featureCount: shape.featureCount)
            try narrow.withUnsafeBytes { bins in
                try classes.withUnsafeBytes { classes in
                    try kept.write(bins, UnsafeRawBufferPointer(rebasing: classes[rows]), at: first)
                }
            }
        }
        return kept
    }

    private static func columns(_ features: [Int], of bins: Data, featureCount: Int) -> [UInt8] {
        let rows = bins.count / featureCount
        return bins.withUnsafeBytes { (bins: UnsafeRawBufferPointer) -> [UInt8] in
            [UInt8](unsafeUninitializedCapacity: rows * features.count) { target, filled in
                for row in 0..<rows {
                    for (column, feature) in features.enumerated() {
                        target.initializeElement(at: row * features.count + column, to: bins[row * featureCount + feature])
                    }
                }
                filled = rows * features.count
            }
        }
    }
}
