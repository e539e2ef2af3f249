internal import Compression
package import Foundation
internal import Primitives
internal import Synchronization

/// The element type of an array on the wire, named as NumPy names it; multi-byte elements are little-endian.
package enum WireElement: String, Codable, Hashable, Sendable {
    case uint8 = "|u1"
    case uint16 = "<u2"
    case uint32 = "<u4"
    case int8 = "|i1"
    case int16 = "<i2"
    case int32 = "<i4"
    case float32 = "<f4"
    case float64 = "<f8"

    /// Bytes per element.
    package var byteCount: Int {
        switch self {
        case .uint8, .int8: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .float64: 8
        }
    }
}

/// A bulk array inside a JSON document: `{"dtype", "shape", "encoding", "data"}`, C order, base64, optionally deflated.
package struct WireArray: Hashable, Sendable {
    package let dtype: WireElement
    /// Elements along each axis, slowest first.
    package let shape: [Int]
    /// The elements, little-endian, row-major: `shape.product * dtype.byteCount` bytes.
    package let bytes: Data
    /// Whether the data travels zlib-compressed. It says nothing about the content.
    package let isDeflated: Bool

    /// - Precondition: `bytes` has exactly the size of `shape`.
    package init(dtype: WireElement, shape: [Int], bytes: Data, isDeflated: Bool = false) {
        precondition(shape.reduce(dtype.byteCount, *) == bytes.count, "\(shape) of \(dtype): found \(bytes.count) bytes")
        self.dtype = dtype
        self.shape = shape
        self.bytes = bytes
        self.isDeflated = isDeflated
    }

    /// An array of the elements' memory, which must be little-endian (as on every supported machine).
    package init<Element: BitwiseCopyable>(
        _ elements: [Element], _ dtype: WireElement, shape: [Int]? = nil, isDeflated: Bool = false
    ) {
        precondition(MemoryLayout<Element>.stride == dtype.byteCount, "\(Element.self) as \(dtype)")
        let bytes = elements.withUnsafeBytes { Data($0) }
        self.init(dtype: dtype, shape: shape ?? [elements.count], bytes: bytes, isDeflated: isDeflated)
    }

    /// Number of elements.
    package var count: Int { shape.reduce(1, *) }

    /// The elements as Swift values; the type must have the dtype's size.
    package func elements<Element: BitwiseCopyable>(as type: Element.Type) -> [Element] {
        precondition(MemoryLayout<Element>.stride == dtype.byteCount, "\(Element.self) from \(dtype)")
        return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            _ = bytes.copyBytes(to: UnsafeMutableRawBufferPointer(buffer))
            initialized = count
        }
    }

    /// Throws a message that names `what` unless type and shape are as expected; nil in `shape` stands for any extent.
    package func require(_ dtype: WireElement, _ shape: [Int?], _ what: String) throws(WireError) {
        let matches = self.shape.count == shape.count && zip(self.shape, shape).allSatisfy { $1 == nil || $0 == $1 }
        guard self.dtype == dtype, matches else {
            let expected = shape.map { $0.map(String.init) ?? "any" }.joined(separator: "×")
            let found = self.shape.map(String.init).joined(separator: "×")
            throw .invalid("\(what): expected \(dtype.rawValue) \(expected), found \(self.dtype.rawValue) \(found)")
        }
    }
}

extension WireArray: Codable {
    private enum CodingKeys: String, CodingKey { case dtype, shape, encoding, data }

    private enum Encoding: String, Codable {
        case base64
        case zlibBase64 = "zlib+base64"
    }

    /// No array on the wire holds more bytes than this once it is decoded.
    package static let decodedBytesMax = 1 << 31

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        dtype = try container.decode(WireElement.self, forKey: .dtype)
        shape = try container.decode([Int].self, forKey: .shape)
        let refuse = { (key: CodingKeys, message: String) in
            DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: message)
        }
        guard (1...4).contains(shape.count), shape.allSatisfy({ $0 >= 0 }) else {
            throw refuse(.shape, "expected 1 to 4 extents of 0 or more, found \(shape.prefix(8))")
        }
        var byteCount = dtype.byteCount
        for extent in shape {
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: extent)
            guard !overflow, product <= Self.decodedBytesMax else {
                throw refuse(.shape, "expected at most \(Self.decodedBytesMax) bytes, found the shape \(shape)")
            }
            byteCount = product
        }
        isDeflated = try container.decode(Encoding.self, forKey: .encoding) == .zlibBase64
        var text = try container.decode(String.self, forKey: .data)
        let kept = (decoder.userInfo[.wirePayloads] as? WirePayloads)?.payload(of: text)
        // Foundation's decoder would take some texts that are none, such as `QUJDRA=0`.
        guard let packed = kept ?? text.withUTF8({ Base64.decode(UnsafeRawBufferPointer($0)) }) else {
            throw refuse(.data, "expected base64")
        }
        if isDeflated {
            if let limit = decoder.userInfo[.inflation] as? InflationLimit, !limit.take(byteCount) {
                throw refuse(
                    .shape, "expected at most \(limit.bytesMax) bytes of zlib data in all, found the shape \(shape)")
            }
            do {
                bytes = Data(try packed.withUnsafeBytes { try Zlib.decompress($0, expectedByteCount: byteCount) })
            } catch {
                throw refuse(.data, String(describing: error))
            }
        } else {
            bytes = packed
        }
        guard bytes.count == byteCount else {
            throw refuse(.data, "expected \(byteCount) bytes for the shape \(shape), found \(bytes.count)")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(dtype, forKey: .dtype)
        try container.encode(shape, forKey: .shape)
        try container.encode(isDeflated ? Encoding.zlibBase64 : .base64, forKey: .encoding)
        let packed = isDeflated ? Data(try bytes.withUnsafeBytes { try Zlib.compress($0, level: 1) }) : bytes
        if let payloads = encoder.userInfo[.wirePayloads] as? WirePayloads {
            try container.encode(payloads.add(packed), forKey: .data)
        } else {
            try container.encode(packed.base64EncodedString(), forKey: .data)
        }
    }
}

/// Limits the bytes that the compressed arrays of one document unpack to, all together: a small document must not become a large one.
final class InflationLimit: Sendable {
    let bytesMax: Int
    private let taken = Lock(0)

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Takes `byteCount` bytes; false if there are not as many left.
    func take(_ byteCount: Int) -> Bool {
        taken.withLock { taken in
            guard byteCount <= bytesMax - taken else { return false }
            taken += byteCount
            return true
        }
    }
}
