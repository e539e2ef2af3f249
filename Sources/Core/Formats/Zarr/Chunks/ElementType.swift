internal import Imaging

/// The type of the elements of a Zarr array as they are stored; its name is that of Zarr v3.
enum ElementType: String, CaseIterable, Sendable {
    case bool
    case uint8, uint16, uint32, uint64
    case int8, int16, int32, int64
    case float16, float32, float64

    /// What messages expect.
    static let namesRead = "bool, integers of 8 to 64 bits or floats of 16 to 64 bits"

    /// The type that Zarr v2 names, as NumPy does: `<u2`. One byte has no order, whichever is written.
    init?(v2 name: String) {
        guard let order = name.first, let type = Self.allCases.first(where: { name.dropFirst() == $0.codeOfV2 }),
            "<>".contains(order) || (order == "|" && type.byteCount == 1)
        else { return nil }
        self = type
    }

    /// The kind and bytes of an element: `u2`.
    private var codeOfV2: String {
        let kind =
            switch self {
            case .bool: "b"
            case .uint8, .uint16, .uint32, .uint64: "u"
            case .int8, .int16, .int32, .int64: "i"
            case .float16, .float32, .float64: "f"
            }
        return "\(kind)\(byteCount)"
    }

    /// Bytes of a stored element.
    var byteCount: Int {
        switch self {
        case .bool, .uint8, .int8: 1
        case .uint16, .int16, .float16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        }
    }

    /// What an element becomes: of 64-bit integers one of 32 bits, which must hold the value; of other floats float32,
    /// to which 16 bits are widened and 64 bits rounded.
    var sampleType: SampleType {
        switch self {
        case .bool, .uint8: .uint8
        case .uint16: .uint16
        case .uint32, .uint64: .uint32
        case .int8: .int8
        case .int16: .int16
        case .int32, .int64: .int32
        case .float16, .float32, .float64: .float32
        }
    }

    // MARK: Elements

    /// The samples that stored elements become, little-endian; those of bool are left as they are.
    ///
    /// What no sample can hold becomes the nearest that one can.
    ///
    /// - Parameter unfit: called with the index and value of each element that no sample can hold; throws if the element counts.
    /// - Throws: what `unfit` throws.
    /// - Complexity: O(elements).
    func samples(
        _ stored: [UInt8], isBigEndian: Bool, unfit: (_ index: Int, _ value: String) throws(ImageError) -> Void
    ) throws(ImageError) -> [UInt8] {
        var elements = stored
        if isBigEndian, byteCount > 1 { Self.reverse(&elements, each: byteCount) }
        switch self {
        case .bool, .uint8, .uint16, .uint32, .int8, .int16, .int32, .float32: return elements
        case .float16:
            return Self.converted(elements, UInt16.self) {
                HalfFloat(bits: UInt16(littleEndian: $0)).float.bitPattern.littleEndian
            }
        case .float64:
            return Self.converted(elements, UInt64.self) {
                Float(Double(bitPattern: UInt64(littleEndian: $0))).bitPattern.littleEndian
            }
        case .uint64:
            try Self.check(elements, UInt64.self, UInt32.self, unfit)
            return Self.converted(elements, UInt64.self) { UInt32(clamping: UInt64(littleEndian: $0)).littleEndian }
        case .int64:
            try Self.check(elements, Int64.self, Int32.self, unfit)
            return Self.converted(elements, Int64.self) { Int32(clamping: Int64(littleEndian: $0)).littleEndian }
        }
    }

    private static func converted<Stored: BitwiseCopyable, Sample: BitwiseCopyable>(
        _ elements: [UInt8], _ type: Stored.Type, _ convert: (Stored) -> Sample
    ) -> [UInt8] {
        let count = elements.count / MemoryLayout<Stored>.size
        return [UInt8](unsafeUninitializedCapacity: count * MemoryLayout<Sample>.size) { target, initializedCount in
            let samples = UnsafeMutableRawBufferPointer(target)
            elements.withUnsafeBytes { source in
                for index in 0..<count {
                    let element = source.loadUnaligned(fromByteOffset: index * MemoryLayout<Stored>.size, as: type)
                    samples.storeBytes(of: convert(element), toByteOffset: index * MemoryLayout<Sample>.size, as: Sample.self)
                }
            }
            initializedCount = count * MemoryLayout<Sample>.size
        }
    }

    private static func check<Stored: FixedWidthInteger & BitwiseCopyable, Sample: FixedWidthInteger>(
        _ elements: [UInt8], _ type: Stored.Type, _ sample: Sample.Type,
        _ unfit: (_ index: Int, _ value: String) throws(ImageError) -> Void
    ) throws(ImageError) {
        let size = MemoryLayout<Stored>.size
        for index in 0..<elements.count / size {
            let value = elements.withUnsafeBytes {
                Stored(littleEndian: $0.loadUnaligned(fromByteOffset: index * size, as: type))
            }
            if Sample(exactly: value) == nil { try unfit(index, "\(value)") }
        }
    }

    private static func reverse(_ elements: inout [UInt8], each byteCount: Int) {
        for start in stride(from: 0, through: elements.count - byteCount, by: byteCount) {
            for index in 0..<byteCount / 2 { elements.swapAt(start + index, start + byteCount - 1 - index) }
        }
    }
}

/// A float of 16 bits (IEEE 754 binary16), which not every processor that Swift compiles for has.
struct HalfFloat {
    let bits: UInt16

    /// The same value, as every one of them is one of 32 bits.
    var float: Float {
        let magnitude: Float
        switch (exponent: Int(bits >> 10 & 31), fraction: bits & 1023) {
        case (31, 0): magnitude = .infinity
        case (31, _): magnitude = .nan
        case (0, let fraction): magnitude = Float(fraction) * 0x1p-24
        case (let exponent, let fraction):
            magnitude = Float(bitPattern: UInt32(exponent + 127 - 15) << 23 | UInt32(fraction) << 13)
        }
        return bits >> 15 == 0 ? magnitude : -magnitude
    }
}
