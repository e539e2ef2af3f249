package import Imaging
internal import Primitives

/// An image whose pixels are made from another one's, each from the pixel at its place: fewer channels, or a mask.
enum MappedImage {
    /// - Parameters:
    ///   - info: of the pixels that are made; of the source's size.
    ///   - isMasked: whether `transform` may make a mask, besides what the source has.
    ///   - transform: gets pixels with their mask.
    static func source(
        _ source: ImageSource, _ info: ImageInfo, isMasked: Bool, _ transform: @escaping (PixelBuffer) -> PixelBuffer
    ) -> ImageSource {
        let isMasked = isMasked || source.isMasked
        switch source {
        case .windows(let reader): return .windows(MappedWindows(info, isMasked, reader, transform))
        case .rows(let reader):
            let rowCount = max(1, min(info.height, heldBytesMax / max(1, source.heldRowByteCount)))
            return .rows(
                BufferedRowReader(info, isMasked: isMasked) { (row) throws(ImageError) in
                    transform(try reader.pixels(min(rowCount, info.height - row)))
                })
        }
    }

    /// Bytes of rows that are made at once.
    private static let heldBytesMax = 1 << 20
}

private final class MappedWindows: WindowReader {
    let info: ImageInfo
    let isMasked: Bool
    let chunkWidth: Int
    let chunkHeight: Int
    private let reader: any WindowReader
    private let transform: (PixelBuffer) -> PixelBuffer

    init(
        _ info: ImageInfo, _ isMasked: Bool, _ reader: any WindowReader, _ transform: @escaping (PixelBuffer) -> PixelBuffer
    ) {
        (self.info, self.isMasked, self.reader, self.transform) = (info, isMasked, reader, transform)
        (chunkWidth, chunkHeight) = (reader.chunkWidth, reader.chunkHeight)
    }

    func read(_ window: PixelRect) throws(ImageError) -> PixelBuffer { transform(try reader.read(window)) }

    func isMissing(_ window: PixelRect) throws(ImageError) -> Bool { try reader.isMissing(window) }
}

extension RowReader {
    /// The next `count` rows, with their mask.
    ///
    /// - Throws: as `read`.
    package func pixels(_ count: Int) throws(ImageError) -> PixelBuffer {
        var validity: [UInt8] = []
        let bytes = try [UInt8](filled: count * info.rowByteCount) { (bytes) throws(ImageError) in
            let rows = UnsafeMutableRawBufferPointer(bytes)
            guard isMasked else { return try read(count, into: rows) }
            validity = try [UInt8](filled: count * info.width) { (mask) throws(ImageError) in
                try read(count, into: rows, validity: mask)
            }
        }
        return PixelBuffer(
            width: info.width, height: count, channels: info.channels, sampleType: info.sampleType, bytes: bytes,
            validity: isMasked ? validity : nil)
    }
}
