internal import Imaging

/// What the elements of chunks that are missing are.
struct FillValue: Equatable, Sendable {
    /// The bits of the sample, as the lowest of these; nil for a number of 64 bits that no sample can hold.
    let bits: UInt32?
    /// As messages name it.
    let text: String

    /// Where the metadata say none, or null.
    static let zero = FillValue(bits: 0, text: "0")

    private init(bits: UInt32?, text: String) { (self.bits, self.text) = (bits, text) }

    /// Reads a fill value: a number, a bool, one of the texts that stand for floats which JSON has no numbers for, a number written
    /// as text, or the bits of a float in hexadecimal digits (Zarr v3).
    ///
    /// - Parameter value: nil for none.
    /// - Throws: `ImageError.corrupt` for what is no value of the type.
    init(_ value: MetadataValue?, _ type: ElementType) throws(ImageError) {
        guard let value else {
            self = .zero
            return
        }
        if type.sampleType.isFloat {
            guard let float = Self.float(value.value, type) else { throw value.wrong("a number") }
            self.init(bits: float.bitPattern, text: "\(float)")
            return
        }
        let (least, greatest) = Self.range(type)
        guard let number = Self.whole(value.value), number.approximate >= Double(least), number.approximate <= Double(greatest)
        else { throw value.wrong("an integer from \(least) to \(greatest)") }
        let samples = type.sampleType.wholeNumbers
        let bits = number.exact.flatMap { samples.contains($0) ? UInt32(truncatingIfNeeded: $0) : nil }
        self.init(bits: bits, text: number.text)
    }

    /// The numbers that an element can be.
    private static func range(_ type: ElementType) -> (least: Int, greatest: UInt64) {
        switch type {
        case .bool: return (0, 1)
        case .uint64: return (0, .max)
        case .int64: return (.min, UInt64(Int64.max))
        default:
            let samples = type.sampleType.wholeNumbers
            return (samples.lowerBound, UInt64(samples.upperBound))
        }
    }

    /// A whole number in any of its notations; `exact` is nil beyond 64 bits with a sign.
    private static func whole(_ value: JSONValue) -> (exact: Int?, approximate: Double, text: String)? {
        func number(_ number: Double) -> (Int?, Double, String)? {
            guard number.isFinite, number == number.rounded() else { return nil }
            return (Int(exactly: number), number, "\(number)")
        }
        switch value {
        case .bool(let bool): return (bool ? 1 : 0, bool ? 1 : 0, "\(bool)")
        case .integer(let exact): return (exact, Double(exact), "\(exact)")
        case .number(let double): return number(double)
        case .string(let text):
            let bits = text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
            if let bits { return (Int(exactly: bits), Double(bits), text) }
            if let exact = Int(text) { return (exact, Double(exact), text) }
            if text == "true" || text == "false" { return text == "true" ? (1, 1, text) : (0, 0, text) }
            return Double(text).flatMap(number)
        default: return nil
        }
    }

    private static func float(_ value: JSONValue, _ type: ElementType) -> Float? {
        switch value {
        case .integer(let number): return Float(number)
        case .number(let number): return Float(number)
        case .string("NaN"): return .nan
        case .string("Infinity"): return .infinity
        case .string("-Infinity"): return -.infinity
        case .string(let text) where text.hasPrefix("0x"):
            guard text.utf8.count == 2 + 2 * type.byteCount, let bits = UInt64(text.dropFirst(2), radix: 16) else { return nil }
            switch type {
            case .float16: return HalfFloat(bits: UInt16(truncatingIfNeeded: bits)).float
            case .float32: return Float(bitPattern: UInt32(truncatingIfNeeded: bits))
            default: return Float(Double(bitPattern: bits))
            }
        case .string(let text): return Double(text).map { Float($0) }
        default: return nil
        }
    }
}

extension SampleType {
    /// The numbers that a sample of an integer type can be.
    fileprivate var wholeNumbers: ClosedRange<Int> {
        let largest = Int(maximum)
        return switch self {
        case .int8, .int16, .int32: (-largest - 1)...largest
        case .uint8, .uint16, .uint32, .float32: 0...largest
        }
    }
}
