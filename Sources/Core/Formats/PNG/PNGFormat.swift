internal import Imaging

extension ImageFormat {
    /// PNG, recognised by its eight-byte signature.
    static let png = ImageFormat(
        name: "PNG", endings: ["png"],
        signature: .head { $0.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) },
        open: { (bytes, selection, limits) throws(ImageError) in
            let file = try bytes.file()
            let reader = try PNGRowReader(file: file, withAlpha: selection.masksByAlpha, limits: limits)
            let source = reader.hasAlpha ? MaskedImage.source(alphaLast: .rows(reader)) : .rows(reader)
            return try TurnedImage.source(source, try PNGChunks(file).orientation, limits: limits, path: file.path)
        },
        openLabels: { (bytes, _, limits) throws(ImageError) in
            let file = try bytes.file()
            let reader = try PNGLabelReader(file: file, limits: limits)
            return try TurnedImage.labels(reader, try PNGChunks(file).orientation, limits: limits, path: file.path)
        },
        contents: { (bytes, limits) throws(ImageError) in
            let file = try bytes.file()
            let header = try PNGDecoder(file: file, interpretation: .pixels, limits: limits).header
            let chunks = try PNGChunks(file)
            let (width, height) = chunks.orientation.shown(width: header.width, height: header.height)
            let metadata = PNGMetadata.read(file).shown(chunks.orientation, width: header.width, height: header.height)
            return ImageContents(
                channels: header.colourType.channels, levels: [.init(width: width, height: height, metadata: metadata)],
                notes: chunks.notes(header))
        },
        holdsOnePlane: true,
        metadata: { (bytes, _, limits) throws(ImageError) in
            let file = try bytes.file()
            let header = try PNGDecoder(file: file, interpretation: .pixels, limits: limits).header
            return PNGMetadata.read(file).shown(try PNGChunks(file).orientation, width: header.width, height: header.height)
        },
        create: { (path, width, height, kind, _, caption) throws(ImageError) in
            try PNGRegionWriter(path: path, width: width, height: height, kind: kind, caption: caption)
        })
}

/// The rows of a PNG image of any bit depth, colour type and interlace.
///
/// Palettes become RGB; greys of 1, 2 and 4 bits are scaled to 8 bits; 16 bits stay exact. Alpha and transparent colours are
/// no feature: they are dropped, and nothing is composited. Gamma and colour profiles are ignored. Rows are those that are stored:
/// `TurnedImage` turns them.
final class PNGRowReader: RowReader {
    let info: ImageInfo
    /// Whether alpha is the last of the channels.
    let hasAlpha: Bool
    private let decoder: PNGDecoder

    /// - Parameter withAlpha: whether alpha is decoded, where the image has it.
    /// - Throws: `ImageError` for a broken header or a size beyond `limits`.
    init(file: InputFile, withAlpha: Bool = false, limits: ImageLimits) throws(ImageError) {
        decoder = try PNGDecoder(file: file, interpretation: withAlpha ? .pixelsWithAlpha : .pixels, limits: limits)
        hasAlpha = withAlpha && decoder.header.hasAlpha
        info = ImageInfo(
            width: decoder.header.width, height: decoder.header.height,
            channels: decoder.header.colourType.channels + (hasAlpha ? 1 : 0),
            sampleType: decoder.header.bitDepth == 16 ? .uint16 : .uint8)
    }

    func read(_ count: Int, into rows: UnsafeMutableRawBufferPointer) throws(ImageError) {
        try decoder.read(count, into: rows)
    }
}

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
