internal import Formats

/// A `.npy` table of features: samples × features, float32 or float64.
struct FeatureTable {
    private let reader: NPYReader
    private let path: String
    let rowCount: Int
    let featureCount: Int

    /// - Throws: `ArrayError` for files that are no array; bad input when the shape or the type does not fit.
    init(_ path: String) throws {
        reader = try NPYReader(path: path)
        self.path = path
        let shape = reader.header.shape
        guard shape.count == 2, shape[0] >= 1, (1...1000).contains(shape[1]) else {
            throw CoordinatorError(
                .badInput, "\(path): expected a table of samples × 1 to 1000 features, found the shape \(shape)")
        }
        guard !reader.header.element.isInteger else {
            throw CoordinatorError(.badInput, "\(path): expected float32 or float64, found \(reader.header.element)")
        }
        rowCount = shape[0]
        featureCount = shape[1]
    }

    /// Values `[sample][feature]` of some rows.
    ///
    /// - Throws: bad input for a value that is not finite as a float.
    func values(rows: Range<Int>) throws -> [Float] {
        let values = try reader.floats(rows: rows)
        if let bad = values.firstIndex(where: { !$0.isFinite }) {
            throw CoordinatorError(
                .badInput,
                "\(path): row \(rows.lowerBound + bad / featureCount), column \(bad % featureCount): "
                    + "expected a finite number, found \(values[bad])")
        }
        return values
    }
}
