internal import CTIFF
internal import Imaging

/// How a TIFF stores the pixels of one image, and what of them becomes channels.
struct TIFFLayout: Equatable {
    let width: Int
    let height: Int
    /// What the stored values are.
    let values: TIFFValues
    /// Values of a pixel as they are stored, alpha included.
    let samplesPerPixel: Int
    /// Whether each of them lies in chunks of its own.
    let isPlanar: Bool
    let isTiled: Bool
    /// Of a tile, or of a strip.
    let chunkWidth: Int
    let chunkHeight: Int
    /// Bytes of a decoded chunk, as libtiff delivers it.
    let chunkByteCount: Int
    let isPalette: Bool
    /// The stored values that become channels: all but alpha.
    let channels: [Int]

    /// Larger chunks are not decoded as one.
    static let chunkBytesMax = 256 << 20

    /// - Throws: `ImageError.unsupported` for what is not read, `corrupt` for sizes that contradict each other.
    init(_ directory: ctiff_directory, path: String, limits: ImageLimits) throws(ImageError) {
        width = Int(directory.width)
        height = Int(directory.height)
        samplesPerPixel = Int(directory.samples_per_pixel)
        isPlanar = Int32(directory.planar_config) == PLANARCONFIG_SEPARATE && directory.samples_per_pixel > 1
        isTiled = directory.is_tiled != 0
        (chunkWidth, chunkHeight) = (Int(directory.chunk_width), Int(directory.chunk_height))
        chunkByteCount = Int(directory.chunk_bytes)
        isPalette = Int32(directory.photometric) == PHOTOMETRIC_PALETTE
        guard width >= 1, height >= 1 else { throw .corrupt(path: path, reason: "expected pixels, found \(width)×\(height)") }
        try limits.check(width: width, height: height, path: path)
        values = try TIFFValues(bits: Int(directory.bits_per_sample), format: Int32(directory.sample_format), path: path)
        let unread = [
            PHOTOMETRIC_YCBCR: "YCbCr without JPEG", PHOTOMETRIC_LOGL: "LogL", PHOTOMETRIC_LOGLUV: "LogLuv",
            PHOTOMETRIC_ITULAB: "ITU L*a*b*", PHOTOMETRIC_CFA: "a colour filter array",
        ]
        if let name = unread[Int32(directory.photometric)] {
            throw .unsupported(path: path, reason: "expected grey levels, RGB, a palette or channels, found \(name)")
        }
        // Values beyond the colours without a meaning are channels; only alpha is none.
        let extraCount = min(Int(directory.extra_count), samplesPerPixel)
        let types = withUnsafeBytes(of: directory.extra_types) { Array($0.bindMemory(to: UInt16.self)) }
        let alpha = (0..<extraCount).filter {
            $0 < types.count && [EXTRASAMPLE_ASSOCALPHA, EXTRASAMPLE_UNASSALPHA].contains(Int32(types[$0]))
        }
        let first = samplesPerPixel - extraCount
        channels = (0..<samplesPerPixel).filter { !alpha.contains($0 - first) }
        guard (1...16).contains(channels.count), !isPalette || samplesPerPixel == 1 else {
            throw .unsupported(path: path, reason: "expected 1 to 16 channels, found \(channels.count)")
        }
        guard !isPalette || [.uint8, .uint16].contains(values.sampleType) else {
            throw .unsupported(path: path, reason: "expected palette indices of 1 to 16 bits, found \(values)")
        }
        let rowByteCount = (chunkWidth * (isPlanar ? 1 : samplesPerPixel) * values.bits + 7) / 8
        guard chunkByteCount == rowByteCount * chunkHeight else {
            throw .corrupt(path: path, reason: "expected chunks of \(rowByteCount * chunkHeight) bytes, found \(chunkByteCount)")
        }
    }

    /// Chunks side by side.
    var chunkColumns: Int { (width - 1) / chunkWidth + 1 }
    /// Chunks one below the other.
    var chunkRows: Int { (height - 1) / chunkHeight + 1 }

    /// What decoding a chunk takes: its bytes as they are stored, or its pixels, of which eight may be stored in one byte.
    var decodedChunkByteCount: Int {
        let pixels = min(chunkWidth, width) * min(chunkHeight, height)
        return max(chunkByteCount, pixels * (isPalette ? 3 : channels.count * values.sampleType.byteCount))
    }

    /// Whether a chunk can be decoded as one.
    func hasBoundedChunks(_ limits: ImageLimits) -> Bool {
        decodedChunkByteCount <= min(Self.chunkBytesMax, limits.heldBytesMax)
    }
}
