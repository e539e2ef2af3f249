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

/// Decodes the rows of a label map from the top to the bottom.
///
/// A label is the value that the file stores: the grey level as written (never scaled to 8 bits) or the palette index; of a
/// file of colours, the number that a `LabelReading` gives to the colour. A reader holds a bounded number of rows unless
/// its format can only be decoded whole. Not safe to share between threads.
package protocol LabelRowReader: AnyObject {
    /// Columns.
    var width: Int { get }

    /// Rows.
    var height: Int { get }

    /// The colour of each label from 0 on, where the file has a palette; otherwise empty.
    var palette: [RGBColour] { get }

    /// How the values of the file become labels, where that is not plain.
    var notes: [ImageNote] { get }

    /// Decodes the next `count` rows into `labels`, whose size is `count * width` values: `[row][column]`.
    ///
    /// - Precondition: no more rows are asked for than the map still has.
    /// - Throws: `ImageError` when the data is cut off or corrupt.
    func read(_ count: Int, into labels: UnsafeMutableBufferPointer<UInt16>) throws(ImageError)
}

extension LabelRowReader {
    package var notes: [ImageNote] { [] }
}
