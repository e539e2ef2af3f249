internal import Formats

/// Features and labels of samples in two `.npy` files, read part by part.
struct LabelledTable {
    private let features: FeatureTable
    private let truth: NPYReader
    private let labelsPath: String

    var rowCount: Int { features.rowCount }
    var featureCount: Int { features.featureCount }

    /// - Throws: `ArrayError` for files that are no arrays; bad input when they do not fit.
    init(features: String, labels: String) throws {
        self.features = try FeatureTable(features)
        truth = try NPYReader(path: labels)
        labelsPath = labels
        guard truth.header.shape == [rowCount] || truth.header.shape == [rowCount, 1] else {
            throw CoordinatorError(
                .badInput,
                "\(labels): expected \(rowCount) labels as \(features) has samples, found the shape \(truth.header.shape)")
        }
    }

    /// Some consecutive rows.
    struct Part {
        let firstRow: Int
        private(set) var samples: LabelledSamples

        fileprivate init(firstRow: Int, _ samples: LabelledSamples) { (self.firstRow, self.samples) = (firstRow, samples) }

        /// Leaves out the rows that are not wanted.
        mutating func keep(where wanted: (_ row: Int, _ label: Int) -> Bool) {
            let kept = samples.labels.indices.filter { wanted(firstRow + $0, samples.labels[$0]) }
            guard kept.count < samples.count else { return }
            let features = samples.featureCount
            var values: [Float] = []
            values.reserveCapacity(kept.count * features)
            for row in kept { values += samples.values[row * features..<(row + 1) * features] }
            samples = LabelledSamples(featureCount: features, values: values, labels: kept.map { samples.labels[$0] })
        }
    }

    /// Calls `body` with `rowsAtOnce` rows after the other.
    ///
    /// - Throws: bad input for a value that is not finite, or a label out of range.
    func forEachPart(of rowsAtOnce: Int, _ body: (inout Part) throws -> Void) throws {
        for first in stride(from: 0, to: rowCount, by: rowsAtOnce) {
            let rows = first..<min(rowCount, first + rowsAtOnce)
            var part = Part(
                firstRow: first,
                LabelledSamples(featureCount: featureCount, values: try features.values(rows: rows), labels: try labels(rows)))
            try body(&part)
        }
    }

    /// Calls `body` with the row and label of every sample.
    func forEachLabel(_ body: (_ row: Int, _ label: Int) -> Void) throws {
        for first in stride(from: 0, to: rowCount, by: 1 << 20) {
            for (index, label) in try labels(first..<min(rowCount, first + 1 << 20)).enumerated() { body(first + index, label) }
        }
    }

    private func labels(_ rows: Range<Int>) throws -> [Int] {
        let values = try truth.integers(rows: rows)
        if let bad = values.firstIndex(where: { !(0...Int(Int32.max)).contains($0) }) {
            throw CoordinatorError(
                .badInput,
                "\(labelsPath): row \(rows.lowerBound + bad): expected a label from 0 to \(Int32.max), found \(values[bad])")
        }
        return values
    }
}
