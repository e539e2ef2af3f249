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
/// A label is the value that the file stores: the grey level as written (never scaled to 8 bits) or the palette index. A
/// reader holds a bounded number of rows unless its format can only be decoded whole. Not safe to share between threads.
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

/// Reads the rows of a label map that is stored as an image of one channel, whose values are the labels.
package final class PixelLabelRows: LabelRowReader {
    package let width: Int
    package let height: Int
    package let palette: [RGBColour]
    private let reader: any RowReader
    private let path: String
    private var bytes: [UInt8] = []
    private var nextRow = 0

    /// - Parameter palette: the colour of each label from 0 on; empty without one.
    /// - Throws: `ImageError.unsupported` for an image of several channels, or of values that are not whole.
    package init(_ reader: any RowReader, palette: [RGBColour] = [], path: String) throws(ImageError) {
        guard reader.info.channels == 1 else {
            throw .unsupported(
                path: path, reason: "expected a label map of one channel, found \(reader.info.channels) channels")
        }
        guard !reader.info.sampleType.isFloat else {
            throw .unsupported(path: path, reason: "expected whole numbers as labels, found \(reader.info.sampleType.rawValue)")
        }
        self.reader = reader
        self.path = path
        self.palette = palette
        (width, height) = (reader.info.width, reader.info.height)
    }

    /// - Throws: `ImageError.unsupported` for a label below 0 or above 65535, and that of the reader.
    package func read(_ count: Int, into labels: UnsafeMutableBufferPointer<UInt16>) throws(ImageError) {
        precondition(labels.count == count * width, "\(count) rows of \(width) labels: found \(labels.count)")
        if reader.info.sampleType == .uint16 {
            try reader.read(count, into: UnsafeMutableRawBufferPointer(labels))
            for index in labels.indices { labels[index] = UInt16(littleEndian: labels[index]) }
        } else {
            let byteCount = count * reader.info.rowByteCount
            if bytes.count < byteCount { bytes = [UInt8](repeating: 0, count: byteCount) }
            try bytes.withUnsafeMutableBufferPointer { (buffer) throws(ImageError) in
                let bytes = UnsafeMutableRawBufferPointer(buffer)
                let rows = UnsafeMutableRawBufferPointer(rebasing: bytes[..<byteCount])
                try reader.read(count, into: rows)
                try convert(UnsafeRawBufferPointer(rows), to: labels)
            }
        }
        nextRow += count
    }

    private func convert(
        _ rows: UnsafeRawBufferPointer, to labels: UnsafeMutableBufferPointer<UInt16>
    ) throws(ImageError) {
        switch reader.info.sampleType {
        case .int8: try convert(rows, of: Int8.self, to: labels)
        case .int16: try convert(rows, of: Int16.self, to: labels)
        case .uint32: try convert(rows, of: UInt32.self, to: labels)
        case .int32: try convert(rows, of: Int32.self, to: labels)
        case .uint8: for index in labels.indices { labels[index] = UInt16(rows[index]) }
        case .uint16, .float32: preconditionFailure("labels of \(reader.info.sampleType)")
        }
    }

    private func convert<Value: FixedWidthInteger & BitwiseCopyable>(
        _ rows: UnsafeRawBufferPointer, of type: Value.Type, to labels: UnsafeMutableBufferPointer<UInt16>
    ) throws(ImageError) {
        for index in labels.indices {
            let value = Value(littleEndian: rows.loadUnaligned(fromByteOffset: index * MemoryLayout<Value>.size, as: type))
            guard let label = UInt16(exactly: value) else {
                throw .unsupported(
                    path: path,
                    reason:
                        "row \(nextRow + index / width), column \(index % width): expected a label from 0 to 65535, found \(value)"
                )
            }
            labels[index] = label
        }
    }
}
