internal import CTIFF
internal import Imaging

/// What the values of a TIFF are as they are stored, and what they become.
enum TIFFValues: Equatable, CustomStringConvertible {
    /// Of 1…16 or of 32 bits.
    case unsigned(bits: Int)
    /// Of 8, 16 or 32 bits.
    case signed(bits: Int)
    /// Of 16, 32 or 64 bits; those of 16 are widened to 32, those of 64 rounded.
    case float(bits: Int)

    /// - Throws: `ImageError.unsupported` for other values.
    init(bits: Int, format: Int32, path: String) throws(ImageError) {
        let isUnsigned = [SAMPLEFORMAT_UINT, SAMPLEFORMAT_VOID].contains(format)
        if isUnsigned, (1...16).contains(bits) || bits == 32 {
            self = .unsigned(bits: bits)
        } else if format == SAMPLEFORMAT_INT, [8, 16, 32].contains(bits) {
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

    /// Whether a value is no whole bytes.
    var isPacked: Bool { bits % 8 != 0 }

    /// Bytes that `count` values need while they are as they are stored, and then as `normalise` makes them.
    func workByteCount(_ count: Int) -> Int {
        self == .float(bits: 16) ? 4 * count : (count * bits + 7) / 8
    }

    /// Makes floats of 16 or 64 bits ones of 32 bits, in place: `count` values from the start of `bytes` on.
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
