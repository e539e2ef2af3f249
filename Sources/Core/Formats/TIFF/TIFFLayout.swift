internal import CTIFF
internal import Imaging

/// How a TIFF stores the pixels of one image, and which values become channels.
struct TIFFLayout: Equatable {
    let width: Int
    let height: Int
    /// What the stored values are.
    let values: TIFFValues
    let compression: TIFFCompression
    /// The photometric interpretation.
    let photometric: Int32
    /// Values of a pixel as they are stored, alpha included.
    let samplesPerPixel: Int
    /// Whether each of them lies in chunks of its own.
    let isPlanar: Bool
    private(set) var isTiled: Bool
    /// Of a tile, or of a strip.
    private(set) var chunkWidth: Int
    private(set) var chunkHeight: Int
    /// Bytes of a decoded chunk, as libtiff delivers it.
    private(set) var chunkByteCount: Int
    let isPalette: Bool
    /// Whether grey levels are counted from white: they are inverted as they are read.
    let isInverted: Bool
    /// How the picture lies; nil where the directory does not say it.
    let orientation: Orientation?
    /// The stored values that become channels: all but alpha; of a label map, alpha too.
    let channels: [Int]
    /// Whether some of the stored values are alpha.
    let hasAlpha: Bool
    /// Whether alpha is read as the last of the channels.
    let hasAlphaLast: Bool
    /// Of a label map: the channel that is alpha; nil without one.
    let opacityChannel: Int?

    /// Larger chunks are not decoded as one.
    static let chunkBytesMax = 256 << 20
    /// Nor are chunks that take more while they are decoded.
    private static let workBytesMax = 1 << 30

    /// - Throws: `ImageError.unsupported` for what is not read, `corrupt` for sizes that contradict each other.
    ///
    /// - Parameters:
    ///   - channels: positions of the channels that are wanted, in their order; nil for all.
    ///   - withAlpha: whether alpha is read, too, where there is one.
    ///   - asLabels: whether all channels are taken, alpha too, and integers of 64 bits are read.
    init(
        _ directory: ctiff_directory, channels: [Int]?, withAlpha: Bool = false, asLabels: Bool = false, path: String,
        limits: ImageLimits
    ) throws(ImageError) {
        width = Int(directory.width)
        height = Int(directory.height)
        samplesPerPixel = Int(directory.samples_per_pixel)
        isPlanar = Int32(directory.planar_config) == PLANARCONFIG_SEPARATE && directory.samples_per_pixel > 1
        isTiled = directory.is_tiled != 0
        (chunkWidth, chunkHeight) = (Int(directory.chunk_width), Int(directory.chunk_height))
        chunkByteCount = Int(directory.chunk_bytes)
        isPalette = Int32(directory.photometric) == PHOTOMETRIC_PALETTE
        orientation = directory.orientation == 0 ? nil : Orientation(rawValue: Int(directory.orientation)) ?? .upright
        guard width >= 1, height >= 1 else { throw .corrupt(path: path, reason: "expected pixels, found \(width)×\(height)") }
        try limits.check(width: width, height: height, path: path)
        photometric = Int32(directory.photometric)
        compression = try TIFFCompression(directory.compression, photometric: directory.photometric, path: path)
        values = try TIFFValues(
            bits: Int(directory.bits_per_sample), format: Int32(directory.sample_format), asLabels: asLabels, path: path)
        try Self.check(photometric, compression, number: directory.compression, isPlanar: isPlanar, path: path)
        // Values beyond the colours without a meaning are channels; only alpha is none.
        let extraCount = min(Int(directory.extra_count), samplesPerPixel)
        let types = withUnsafeBytes(of: directory.extra_types) { Array($0.bindMemory(to: UInt16.self)) }
        let first = samplesPerPixel - extraCount
        let alpha = (0..<extraCount).filter {
            $0 < types.count && [EXTRASAMPLE_ASSOCALPHA, EXTRASAMPLE_UNASSALPHA].contains(Int32(types[$0]))
        }.map { first + $0 }
        hasAlpha = !alpha.isEmpty
        let colours = (0..<samplesPerPixel).filter { !alpha.contains($0) }
        guard (1...ImageInfo.storedChannelsMax).contains(colours.count), !isPalette || samplesPerPixel == 1 else {
            throw .unsupported(
                path: path, reason: "expected 1 to \(ImageInfo.storedChannelsMax) channels, found \(colours.count)")
        }
        if let channels { try ImageSelection.check(channels: channels, of: isPalette ? 3 : colours.count, path: path) }
        // The colours of a palette are chosen once they are looked up.
        let chosen = isPalette ? colours : channels.map { $0.map { colours[$0] } } ?? colours
        hasAlphaLast = withAlpha && !alpha.isEmpty && !asLabels
        self.channels = asLabels ? Array(0..<samplesPerPixel) : hasAlphaLast ? chosen + [alpha[0]] : chosen
        // What follows the colours of a label map is alpha, also where the file does not say so.
        let isColourAndMore = photometric == PHOTOMETRIC_RGB && samplesPerPixel == 4
        opacityChannel = !asLabels ? nil : alpha.first ?? (isColourAndMore ? 3 : nil)
        // Of integers alone it is known which level is black.
        isInverted = photometric == PHOTOMETRIC_MINISWHITE && values.isUnsigned
        if case .jpeg2000 = compression, values.sampleType.isFloat || values.bits > 32 {
            throw .unsupported(path: path, reason: "expected integers of up to 32 bits in JPEG 2000, found \(values)")
        }
        guard !isPalette || [.uint8, .uint16].contains(values.sampleType) else {
            throw .unsupported(path: path, reason: "expected palette indices of 1 to 16 bits, found \(values)")
        }
        let rowByteCount = (chunkWidth * (isPlanar ? 1 : samplesPerPixel) * values.bits + 7) / 8
        guard chunkByteCount == rowByteCount * chunkHeight else {
            throw .corrupt(path: path, reason: "expected chunks of \(rowByteCount * chunkHeight) bytes, found \(chunkByteCount)")
        }
    }

    /// Throws for colours that are not read.
    private static func check(
        _ photometric: Int32, _ compression: TIFFCompression, number: UInt16, isPlanar: Bool, path: String
    ) throws(ImageError) {
        let unread = [
            PHOTOMETRIC_YCBCR: "YCbCr", PHOTOMETRIC_LOGL: "LogL", PHOTOMETRIC_LOGLUV: "LogLuv",
            PHOTOMETRIC_ITULAB: "ITU L*a*b*", PHOTOMETRIC_CFA: "a colour filter array",
        ]
        guard let name = unread[photometric] else { return }
        if photometric == PHOTOMETRIC_YCBCR, case .jpeg2000 = compression, !isPlanar { return }
        throw .unsupported(
            path: path,
            reason: "expected grey levels, RGB, a palette or channels, found \(name)\(isPlanar ? " in planes" : "") with "
                + "\(number == 1 ? "no compression" : "compression \(TIFFCompression.name(of: number))")")
    }

    /// Chunks side by side.
    var chunkColumns: Int { (width - 1) / chunkWidth + 1 }
    /// Chunks one below the other.
    var chunkRows: Int { (height - 1) / chunkHeight + 1 }

    /// Bytes that decoding a chunk takes: as they are stored, or as pixels, eight of which may be stored in one byte.
    var decodedChunkByteCount: Int {
        let pixels = min(chunkWidth, width) * min(chunkHeight, height)
        return max(chunkByteCount, pixels * (isPalette ? 3 : channels.count * values.sampleType.byteCount))
    }

    /// Values of a row of a chunk.
    var rowValueCount: Int { chunkWidth * (isPlanar ? 1 : samplesPerPixel) }

    /// Bytes of a row of a chunk as libtiff delivers it.
    var storedRowByteCount: Int { (rowValueCount * values.bits + 7) / 8 }

    /// Bytes of the image where it is not compressed, in strips.
    var planeByteCount: Int { storedRowByteCount * height * (isPlanar ? samplesPerPixel : 1) }

    /// The same image in strips, cut into bands of whole rows that are read at any time, as tiles are.
    var inBands: TIFFLayout {
        var layout = self
        layout.isTiled = true
        layout.chunkHeight = max(1, min(height, Self.bandBytes / storedRowByteCount))
        layout.chunkByteCount = layout.chunkHeight * storedRowByteCount
        return layout
    }

    private static let bandBytes = 1 << 20

    /// Rows that are decoded at a time of strips that take too much memory as a whole; nil where they do not.
    func bandRowCount(_ limits: ImageLimits) -> Int? {
        let most = min(Self.chunkBytesMax, limits.heldBytesMax / 2)
        guard max(decodedChunkByteCount, workByteCount(rows: min(chunkHeight, height))) > most else { return nil }
        let count = most / 4 / max(1, workByteCount(rows: 1))
        return max(1, count < 64 ? count : count / 64 * 64)
    }

    /// Bytes that decoding some rows of a chunk takes besides; 0 where they go through libtiff.
    func workByteCount(rows: Int) -> Int {
        guard case .jpeg2000 = compression else { return 0 }
        return JPEG2000Decoder.workBytes(width: chunkWidth, height: rows, components: isPlanar ? 1 : samplesPerPixel)
    }

    /// Whether a chunk can be decoded as one.
    func hasBoundedChunks(_ limits: ImageLimits) -> Bool {
        decodedChunkByteCount <= min(Self.chunkBytesMax, limits.heldBytesMax)
            && workByteCount(rows: min(chunkHeight, height)) <= min(Self.workBytesMax, limits.heldBytesMax)
    }
}

/// The type of a TIFF's values as they are stored, and as they are read.
enum TIFFValues: Equatable, CustomStringConvertible {
    /// Of 1…16 or of 32 bits; of label maps also of 64, which are clamped to 32.
    case unsigned(bits: Int)
    /// Of 8, 16 or 32 bits; of label maps also of 64, which are clamped to 32.
    case signed(bits: Int)
    /// Of 16, 32 or 64 bits; those of 16 are widened to 32, those of 64 rounded.
    case float(bits: Int)

    /// - Throws: `ImageError.unsupported` for other values.
    init(bits: Int, format: Int32, asLabels: Bool = false, path: String) throws(ImageError) {
        let isUnsigned = [SAMPLEFORMAT_UINT, SAMPLEFORMAT_VOID].contains(format)
        let isLong = asLabels && bits == 64
        if isUnsigned, (1...16).contains(bits) || bits == 32 || isLong {
            self = .unsigned(bits: bits)
        } else if format == SAMPLEFORMAT_INT, [8, 16, 32].contains(bits) || isLong {
            self = .signed(bits: bits)
        } else if format == SAMPLEFORMAT_IEEEFP, [16, 32, 64].contains(bits) {
            self = .float(bits: bits)
        } else {
            let names = [SAMPLEFORMAT_INT: "signed integers", SAMPLEFORMAT_IEEEFP: "floats"]
            let name = names[format] ?? (isUnsigned ? "unsigned integers" : "complex numbers")
            throw .unsupported(
                path: path,
                reason:
                    "expected unsigned integers of 1 to 16 or 32 bits, signed ones of 8, 16 or 32 bits, or floats of 16, 32 or "
                    + "64 bits, found \(name) of \(bits) bits")
        }
    }

    /// Whether values are unsigned integers.
    var isUnsigned: Bool { if case .unsigned = self { true } else { false } }

    /// A value in the machine's order, as it is stored; nil for one that the type does not have, and for values that are no whole bytes.
    func bytes(of value: Double) -> [UInt8]? {
        func bytes(_ integer: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: integer) { Array($0) } }
        return switch self {
        case .unsigned(bits: 8): UInt8(exactly: value).map(bytes)
        case .unsigned(bits: 16): UInt16(exactly: value).map(bytes)
        case .unsigned(bits: 32): UInt32(exactly: value).map(bytes)
        case .signed(bits: 8): Int8(exactly: value).map(bytes)
        case .signed(bits: 16): Int16(exactly: value).map(bytes)
        case .signed(bits: 32): Int32(exactly: value).map(bytes)
        case .float(bits: 16): bytes(Float16(value).bitPattern)
        case .float(bits: 32): bytes(Float(value).bitPattern)
        case .float(bits: 64): bytes(value.bitPattern)
        default: nil
        }
    }

    /// Bits of a value as it is stored.
    var bits: Int {
        switch self {
        case .unsigned(let bits), .signed(let bits), .float(let bits): bits
        }
    }

    /// The type of the values that are served.
    var sampleType: SampleType {
        switch self {
        case .unsigned(let bits): bits <= 8 ? .uint8 : bits <= 16 ? .uint16 : .uint32
        case .signed(let bits): bits <= 8 ? .int8 : bits <= 16 ? .int16 : .int32
        case .float: .float32
        }
    }

    /// Whether values are made ones of 32 bits.
    var isConverted: Bool { sampleType.isFloat || bits == 64 }

    /// Whether a value is no whole bytes.
    var isPacked: Bool { bits % 8 != 0 }

    /// Bytes that `count` values need while they are as they are stored, and then as `normalise` makes them.
    func workByteCount(_ count: Int) -> Int {
        self == .float(bits: 16) ? 4 * count : (count * bits + 7) / 8
    }

    /// Makes floats of 16 or 64 bits, and integers of 64, ones of 32 bits, in place: `count` values from the start of `bytes` on.
    func normalise(_ bytes: UnsafeMutableRawBufferPointer, count: Int) {
        switch self {
        case .float(bits: 16):
            precondition(bytes.count >= 4 * count, "\(count) floats in \(bytes.count) bytes")
            // From the end on, since they grow.
            for index in stride(from: count - 1, through: 0, by: -1) {
                let half = bytes.loadUnaligned(fromByteOffset: 2 &* index, as: UInt16.self)
                bytes.storeBytes(of: Float(Float16(bitPattern: half)), toByteOffset: 4 &* index, as: Float.self)
            }
        case .float(bits: 64):
            precondition(bytes.count >= 8 * count, "\(count) floats in \(bytes.count) bytes")
            for index in 0..<count {
                let double = bytes.loadUnaligned(fromByteOffset: 8 &* index, as: Double.self)
                bytes.storeBytes(of: Float(double), toByteOffset: 4 &* index, as: Float.self)
            }
        case .unsigned(bits: 64):
            precondition(bytes.count >= 8 * count, "\(count) integers in \(bytes.count) bytes")
            for index in 0..<count {
                let value = bytes.loadUnaligned(fromByteOffset: 8 &* index, as: UInt64.self)
                bytes.storeBytes(of: UInt32(clamping: value), toByteOffset: 4 &* index, as: UInt32.self)
            }
        case .signed(bits: 64):
            precondition(bytes.count >= 8 * count, "\(count) integers in \(bytes.count) bytes")
            for index in 0..<count {
                let value = bytes.loadUnaligned(fromByteOffset: 8 &* index, as: Int64.self)
                bytes.storeBytes(of: Int32(clamping: value), toByteOffset: 4 &* index, as: Int32.self)
            }
        default: return
        }
    }

    var description: String {
        switch self {
        case .unsigned(let bits): "unsigned integers of \(bits) bits"
        case .signed(let bits): "signed integers of \(bits) bits"
        case .float(let bits): "floats of \(bits) bits"
        }
    }
}
