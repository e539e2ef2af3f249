internal import Imaging

/// The rows of a PNG image of any bit depth, colour type and interlace.
///
/// Palettes become RGB; greys of 1, 2 and 4 bits are scaled to 8 bits; 16 bits stay exact. Alpha and transparent colours are
/// no feature: they are dropped, and nothing is composited. Gamma and colour profiles are ignored.
final class PNGRowReader: RowReader {
    let info: ImageInfo
    private let decoder: PNGDecoder

    /// - Throws: `ImageError` for a broken header or a size beyond `limits`.
    init(file: InputFile, limits: ImageLimits) throws(ImageError) {
        decoder = try PNGDecoder(file: file, interpretation: .pixels, limits: limits)
        info = ImageInfo(
            width: decoder.header.width, height: decoder.header.height, channels: decoder.header.colourType.channels,
            sampleType: decoder.header.bitDepth == 16 ? .uint16 : .uint8)
    }

    func read(_ count: Int, into rows: UnsafeMutableRawBufferPointer) throws(ImageError) {
        try decoder.read(count, into: rows)
    }
}
