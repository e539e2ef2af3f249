internal import Formats
internal import Imaging

/// Label maps read row by row.
enum LabelFiles {
    /// Adds the pixels of one pair of label files to a comparison.
    ///
    /// - Throws: `ImageError`, or a bad-input error when the sizes differ.
    static func compare(predicted: String, truth: String, into comparison: inout LabelComparison) throws {
        let first = try ImageFile.openLabels(path: predicted)
        let second = try ImageFile.openLabels(path: truth)
        guard first.width == second.width, first.height == second.height else {
            throw CoordinatorError(
                .badInput,
                "\(truth): expected \(first.width)×\(first.height) pixels as in \(predicted), found \(second.width)×\(second.height)"
            )
        }
        var found = [UInt16](repeating: 0, count: first.width)
        var expected = found
        for _ in 0..<first.height {
            try Task.checkCancellation()
            try found.withUnsafeMutableBufferPointer { try first.read(1, into: $0) }
            try expected.withUnsafeMutableBufferPointer { try second.read(1, into: $0) }
            comparison.add(predicted: found, truth: expected)
        }
    }
}
