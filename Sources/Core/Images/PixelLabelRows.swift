/// The rows of a label map that is stored as an image of one channel: its values are the labels.
final class PixelLabelRows: LabelRowReader {
    let width: Int
    let height: Int
    let palette: [RGBColour]
    private let reader: any RowReader
    private var bytes: [UInt8] = []

    /// - Parameter palette: the colour of each label from 0 on; empty without one.
    /// - Throws: `ImageError.unsupported` for an image of several channels.
    init(_ reader: any RowReader, palette: [RGBColour] = [], path: String) throws(ImageError) {
        guard reader.info.channels == 1 else {
            throw .unsupported(
                path: path, reason: "expected a label map of one channel, found \(reader.info.channels) channels")
        }
        self.reader = reader
        self.palette = palette
        (width, height) = (reader.info.width, reader.info.height)
    }

    func read(_ count: Int, into labels: UnsafeMutableBufferPointer<UInt16>) throws(ImageError) {
        precondition(labels.count == count * width, "\(count) rows of \(width) labels: found \(labels.count)")
        switch reader.info.sampleType {
        case .uint16:
            try reader.read(count, into: UnsafeMutableRawBufferPointer(labels))
            for index in labels.indices { labels[index] = UInt16(littleEndian: labels[index]) }
        case .uint8:
            if bytes.count < labels.count { bytes = [UInt8](repeating: 0, count: labels.count) }
            try bytes.withUnsafeMutableBufferPointer { (buffer) throws(ImageError) in
                try reader.read(
                    count, into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<labels.count]))
            }
            for index in labels.indices { labels[index] = UInt16(bytes[index]) }
        }
    }
}
