internal import Imaging

/// The rows of a PNG label map: grey of 1 to 16 bits, whose stored level is the label, or palette, whose index is the label.
final class PNGLabelReader: LabelRowReader {
    let width: Int
    let height: Int
    let palette: [RGBColour]
    private let decoder: PNGDecoder
    /// One decoded row of byte labels; empty for 16-bit maps.
    private var row: [UInt8]

    /// - Throws: `ImageError.unsupported` for colour or alpha; `ImageError` for a broken header or a size beyond `limits`.
    init(file: InputFile, limits: ImageLimits) throws(ImageError) {
        decoder = try PNGDecoder(file: file, interpretation: .storedValues, limits: limits)
        let header = decoder.header
        guard header.colourType == .grey || header.colourType == .palette else {
            throw .unsupported(
                path: file.path, reason: "expected a label map in grey or with a palette, found \(header.colourType.text)")
        }
        width = header.width
        height = header.height
        palette = header.palette
        row = [UInt8](repeating: 0, count: header.bitDepth == 16 ? 0 : header.width)
    }

    func read(_ count: Int, into labels: UnsafeMutableBufferPointer<UInt16>) throws(ImageError) {
        precondition(labels.count == count * width, "\(count) rows of \(width) labels: found \(labels.count)")
        if decoder.header.bitDepth == 16 {
            try decoder.read(count, into: UnsafeMutableRawBufferPointer(labels))
            for index in labels.indices { labels[index] = UInt16(littleEndian: labels[index]) }
            return
        }
        for start in stride(from: 0, to: labels.count, by: width) {
            try row.withUnsafeMutableBufferPointer { (bytes) throws(ImageError) in
                try decoder.read(1, into: UnsafeMutableRawBufferPointer(bytes))
                for column in 0..<width { labels[start + column] = UInt16(bytes[column]) }
            }
        }
    }
}
