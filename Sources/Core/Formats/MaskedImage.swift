internal import Imaging

/// Images of which some pixels have no data: what says so, and how it becomes their mask.
enum MaskedImage {
    /// Pixels that hold a value for no data have none.
    ///
    /// Of unsigned integers, whose every value is also an ordinary one, all channels must hold it; of others, one is enough.
    /// - Parameter values: of each channel, as the source serves them. A value that the sample type does not have is no pixel's.
    static func source(_ source: ImageSource, noData values: [Double]) -> ImageSource {
        let info = source.info
        let patterns = values.map { info.sampleType.bytes(of: $0) }
        let needsAll = [.uint8, .uint16, .uint32].contains(info.sampleType)
        precondition(values.count == info.channels, "\(info.channels) channels, \(values.count) values for no data")
        guard needsAll ? patterns.allSatisfy({ $0 != nil }) : patterns.contains(where: { $0 != nil }) else { return source }
        return MappedImage.source(source, info, isMasked: true) { $0.masked(where: patterns, needsAll: needsAll) }
    }

    /// The last channel is alpha: pixels that are wholly transparent have no data.
    static func source(alphaLast source: ImageSource) -> ImageSource {
        var info = source.info
        precondition(info.channels > 1, "alpha without a channel")
        info.channels -= 1
        return MappedImage.source(source, info, isMasked: true) { pixels in
            let size = pixels.sampleType.byteCount
            let pixel = pixels.channels * size
            var mask = pixels.validity ?? [UInt8](repeating: 1, count: pixels.width * pixels.height)
            for index in mask.indices where pixels.bytes[(index + 1) * pixel - size..<(index + 1) * pixel].allSatisfy({ $0 == 0 })
            {
                mask[index] = 0
            }
            return pixels.choosing(Array(0..<info.channels), mask: mask)
        }
    }

    /// Pixels have data where a mask of the same size is not 0.
    ///
    /// - Throws: `ImageError.unsupported` for a mask of another size, or of several channels.
    static func source(_ source: ImageSource, mask: ImageSource, path: String) throws(ImageError) -> ImageSource {
        let info = source.info
        guard (mask.info.width, mask.info.height, mask.info.channels) == (info.width, info.height, 1) else {
            throw .unsupported(
                path: path,
                reason: "expected a mask of \(info.width)×\(info.height) pixels, found \(mask.info.width)×\(mask.info.height)")
        }
        if case .windows(let pixels) = source, case .windows(let mask) = mask {
            return .windows(TwoWindows(pixels, mask))
        }
        let (pixels, maskRows) = (source.rowReader, mask.rowReader)
        return .rows(
            BufferedRowReader(info, isMasked: true) { (row) throws(ImageError) in
                let count = min(16, info.height - row)
                return try pixels.pixels(count).masked(by: try maskRows.pixels(count))
            })
    }
}

/// An image and its mask, both in chunks.
private final class TwoWindows: WindowReader {
    var info: ImageInfo { pixels.info }
    let isMasked = true
    var chunkWidth: Int { pixels.chunkWidth }
    var chunkHeight: Int { pixels.chunkHeight }
    private let pixels: any WindowReader
    private let mask: any WindowReader

    init(_ pixels: any WindowReader, _ mask: any WindowReader) { (self.pixels, self.mask) = (pixels, mask) }

    func read(_ window: PixelRect) throws(ImageError) -> PixelBuffer {
        try pixels.read(window).masked(by: try mask.read(window))
    }

    func isMissing(_ window: PixelRect) throws(ImageError) -> Bool {
        guard try pixels.isMissing(window) else { return false }
        return try mask.isMissing(window)
    }
}

extension PixelBuffer {
    /// The same pixels, without data where `mask`, of one channel, is 0.
    fileprivate func masked(by mask: PixelBuffer) -> PixelBuffer {
        let size = mask.sampleType.byteCount
        var valid = validity ?? [UInt8](repeating: 1, count: width * height)
        for index in valid.indices where mask.bytes[index * size..<(index + 1) * size].allSatisfy({ $0 == 0 }) {
            valid[index] = 0
        }
        return replacing(mask: valid)
    }

    /// The same pixels, without data where the channels hold these values.
    ///
    /// - Parameter patterns: the bytes of a value of each channel; nil for a value that no pixel has.
    fileprivate func masked(where patterns: [[UInt8]?], needsAll: Bool) -> PixelBuffer {
        var valid = validity ?? [UInt8](repeating: 1, count: width * height)
        bytes.withUnsafeBytes { bytes in
            switch sampleType.byteCount {
            case 1: Self.mark(bytes, patterns.map { $0.map { $0[0] } }, needsAll, &valid)
            case 2: Self.mark(bytes, patterns.map { $0.map { UInt16($0[0]) | UInt16($0[1]) << 8 } }, needsAll, &valid)
            default:
                Self.mark(bytes, patterns.map { $0.map { $0.reversed().reduce(0) { $0 << 8 | UInt32($1) } } }, needsAll, &valid)
            }
        }
        return replacing(mask: valid)
    }

    /// Sets the mask to 0 where the values, little-endian, are the patterns.
    private static func mark<Bits: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer, _ patterns: [Bits?], _ needsAll: Bool, _ valid: inout [UInt8]
    ) {
        let channels = patterns.count
        for (channel, pattern) in patterns.enumerated() {
            guard let pattern else { continue }
            for pixel in valid.indices where needsAll ? channel == 0 : true {
                let start = (pixel &* channels &+ channel) &* MemoryLayout<Bits>.size
                guard Bits(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: Bits.self)) == pattern else { continue }
                // The first channel says where it is worth to look at the others.
                let isHeld =
                    !needsAll
                    || (1..<channels).allSatisfy { other in
                        let place = start &+ other &* MemoryLayout<Bits>.size
                        return Bits(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Bits.self)) == patterns[other]
                    }
                if isHeld { valid[pixel] = 0 }
            }
        }
    }

    private func replacing(mask: [UInt8]) -> PixelBuffer {
        PixelBuffer(width: width, height: height, channels: channels, sampleType: sampleType, bytes: bytes, validity: mask)
    }
}

extension SampleType {
    /// A value as it is stored, little-endian; nil for one that the type does not have.
    func bytes(of value: Double) -> [UInt8]? {
        func bytes(_ integer: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: integer.littleEndian) { Array($0) } }
        return switch self {
        case .uint8: UInt8(exactly: value).map(bytes)
        case .uint16: UInt16(exactly: value).map(bytes)
        case .uint32: UInt32(exactly: value).map(bytes)
        case .int8: Int8(exactly: value).map(bytes)
        case .int16: Int16(exactly: value).map(bytes)
        case .int32: Int32(exactly: value).map(bytes)
        case .float32: bytes(Float(value).bitPattern)
        }
    }
}
