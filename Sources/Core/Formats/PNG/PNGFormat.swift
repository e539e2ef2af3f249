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
        openLabels: { (bytes, _, limits) throws(ImageError) in try PNGLabels.open(try bytes.file(), limits: limits) },
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

/// The pixels of a PNG label map as they are stored: grey levels of 1 to 16 bits, palette indices, or colours, with their
/// opacity.
enum PNGLabels {
    /// - Throws: `ImageError` for a broken header or a size beyond `limits`.
    static func open(_ file: InputFile, limits: ImageLimits) throws(ImageError) -> LabelPixels {
        let decoder = try PNGDecoder(file: file, interpretation: .storedValues, limits: limits)
        let orientation = try PNGChunks(file).orientation
        let source = try TurnedImage.source(.rows(StoredRows(decoder)), orientation, limits: limits, path: file.path)
        let header = decoder.header
        let hasOpacity = header.colourType == .greyAlpha || header.colourType == .rgbAlpha
        return try LabelPixels(
            source.rowReader, palette: header.palette, opacity: hasOpacity ? header.colourType.samplesPerPixel - 1 : nil,
            transparent: decoder.transparent, notes: [TurnedImage.note(orientation)].compactMap { $0 }, path: file.path)
    }

    /// Stored values, row by row.
    private final class StoredRows: RowReader {
        let info: ImageInfo
        private let decoder: PNGDecoder

        init(_ decoder: PNGDecoder) {
            self.decoder = decoder
            info = ImageInfo(
                width: decoder.header.width, height: decoder.header.height,
                channels: decoder.header.colourType.samplesPerPixel,
                sampleType: decoder.header.bitDepth == 16 ? .uint16 : .uint8)
        }

        func read(_ count: Int, into rows: UnsafeMutableRawBufferPointer) throws(ImageError) {
            try decoder.read(count, into: rows)
        }
    }
}
