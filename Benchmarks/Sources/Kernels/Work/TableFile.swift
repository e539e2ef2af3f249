internal import ArgumentParser
internal import Formats

/// A table of features with the class of every row, in memory.
struct TableFile: Sendable {
    let featureCount: Int
    let classCount: Int
    /// `[sample][feature]`.
    let values: [Float]
    /// `[sample]`: positions among the labels in ascending order.
    let classes: [UInt8]

    var sampleCount: Int { classes.count }

    /// - Parameters:
    ///   - features: path of `X.npy`, samples × features.
    ///   - labels: path of `y.npy`, one integer per sample.
    ///   - limit: take no more samples than this, evenly spaced.
    init(features: String, labels: String, limit: Int? = nil) throws {
        let reader = try NPYReader(path: features)
        let shape = reader.header.shape
        let rowLabels = try NPYReader(path: labels)
        guard shape.count == 2, shape[0] >= 1, shape[1] >= 1 else {
            throw ValidationError("\(features): expected samples × features, found the shape \(shape)")
        }
        guard rowLabels.header.shape == [shape[0]] else {
            throw ValidationError("\(labels): expected \(shape[0]) labels, found the shape \(rowLabels.header.shape)")
        }
        let (rowCount, featureCount) = (shape[0], shape[1])
        let count = min(limit ?? rowCount, rowCount)
        var values: [Float] = []
        values.reserveCapacity(count * featureCount)
        if count == rowCount {
            // In parts, so that no second copy of a large table is ever held.
            for first in stride(from: 0, to: rowCount, by: 65_536) {
                values += try reader.floats(rows: first..<min(first + 65_536, rowCount))
            }
        } else {
            for sample in 0..<count {
                let row = sample * rowCount / count
                values += try reader.floats(rows: row..<row + 1)
            }
        }
        let all = try rowLabels.integers(rows: 0..<rowCount)
        let present = Set(all).sorted()
        guard (2...255).contains(present.count) else {
            throw ValidationError("\(labels): expected 2 to 255 classes, found \(present.count)")
        }
        let indices = Dictionary(uniqueKeysWithValues: zip(present, UInt8(0)...))
        self.featureCount = featureCount
        classCount = present.count
        self.values = values
        classes = (0..<count).map { indices[all[$0 * rowCount / count]] ?? 0 }
    }
}
