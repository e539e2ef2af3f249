package import Forest
package import Primitives

/// How a model came to be: enough to train it again, and to judge it.
package struct TrainingRecord: Codable, Hashable, Sendable {
    /// Accuracy on samples that a tree had not seen, voted by just those trees.
    package struct OutOfBagRecord: Codable, Hashable, Sendable {
        /// Samples judged: each was left out by at least one tree.
        package var samples: Int
        /// Share of them given their own class, 0…1; nil when none was judged.
        package var accuracy: Double?
        /// Counts `[truth][predicted]`, classes in the model's order.
        package var confusion: [[Int]]

        package init(samples: Int, accuracy: Double?, confusion: [[Int]]) {
            self.samples = samples
            self.accuracy = accuracy
            self.confusion = confusion
        }
    }

    package var parameters: ForestParameters
    /// Labelled samples of each class, in the model's order.
    package var samplesPerClass: [Int]
    package var outOfBag: OutOfBagRecord
    /// Mean decrease in impurity of each feature, in the model's order; sums to 1 unless no tree splits.
    package var importances: [Double]
    /// SHA-256 of the training table.
    package var table: ContentHash

    package init(
        parameters: ForestParameters, samplesPerClass: [Int], outOfBag: OutOfBagRecord, importances: [Double], table: ContentHash
    ) {
        self.parameters = parameters
        self.samplesPerClass = samplesPerClass
        self.outOfBag = outOfBag
        self.importances = importances
        self.table = table
    }
}
