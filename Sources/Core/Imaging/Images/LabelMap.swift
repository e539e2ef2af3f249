/// The labels of an image's pixels: 0 = unlabelled, k ≥ 1 = the class whose label is k.
///
/// Layout: `[row][column]`, row-major, without padding.
package struct LabelMap: Equatable, Sendable {
    /// Columns.
    package let width: Int
    /// Rows.
    package let height: Int
    /// `height * width` labels.
    package var labels: [UInt16]

    /// - Precondition: `labels` has exactly `width * height` values.
    package init(width: Int, height: Int, labels: [UInt16]) {
        precondition(labels.count == width * height, "\(width)×\(height): found \(labels.count) labels")
        self.width = width
        self.height = height
        self.labels = labels
    }

    /// The labels in use, ascending, without 0.
    ///
    /// - Complexity: O(pixels).
    package var presentLabels: [UInt16] {
        var isPresent = [Bool](repeating: false, count: 65536)
        for label in labels { isPresent[Int(label)] = true }
        return (1...UInt16.max).filter { isPresent[Int($0)] }
    }
}
