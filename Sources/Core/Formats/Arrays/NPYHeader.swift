/// The header of a `.npy` file: what its values are and how they are arranged.
///
/// The format is NumPy's, versions 1 to 3 (NEP 1, `numpy.lib.format`): magic, version, header length, and a Python dictionary
/// literal with the keys `descr`, `fortran_order` and `shape`.
package struct NPYHeader: Hashable, Sendable {
    package var element: NPYElement
    /// Whether values of more than one byte are stored with the most significant byte first.
    package var isBigEndian: Bool
    /// Whether the first axis varies fastest, instead of the last.
    package var isFortranOrder: Bool
    /// Length of each axis, the slowest first in C order; at least one axis.
    package var shape: [Int]

    package init(element: NPYElement, shape: [Int], isFortranOrder: Bool = false, isBigEndian: Bool = false) {
        self.element = element
        self.isBigEndian = isBigEndian
        self.isFortranOrder = isFortranOrder
        self.shape = shape
    }

    /// Length of the first axis.
    package var rowCount: Int { shape[0] }

    /// Values per position of the first axis.
    ///
    /// - Precondition: the product does not overflow, as holds for every header that was read.
    package var valuesPerRow: Int { shape.dropFirst().reduce(1, *) }

    /// Bytes of all values.
    ///
    /// - Precondition: as for `valuesPerRow`.
    package var dataByteCount: Int { rowCount * valuesPerRow * element.byteCount }

    /// Endings of the names of files.
    package static let endings = ["npy"]
    static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]
    /// Bytes of the longest prefix before the dictionary.
    static let prefixByteCountMax = 12
    /// Longer dictionaries are refused; those of plain arrays have about a hundred bytes.
    static let dictionaryByteCountMax = 65_536
    /// NumPy's own limit.
    static let axisCountMax = 64

    /// The bytes before the first value, equal to those that NumPy writes: version 1, padded to a multiple of 64 bytes, with
    /// room for the growing axis to reach 21 digits.
    ///
    /// - Precondition: one to `axisCountMax` axes.
    func encoded() -> [UInt8] {
        precondition((1...Self.axisCountMax).contains(shape.count), "\(shape.count) axes")
        let order = element.byteCount == 1 ? "|" : isBigEndian ? ">" : "<"
        let axes = shape.count == 1 ? "\(shape[0])," : shape.map { "\($0)" }.joined(separator: ", ")
        var text = "{'descr': '\(order)\(element.rawValue)', 'fortran_order': \(isFortranOrder ? "True" : "False"), "
        text += "'shape': (\(axes)), }"
        let growingAxis = isFortranOrder ? shape[shape.count - 1] : shape[0]
        text += String(repeating: " ", count: max(0, 21 - "\(growingAxis)".utf8.count))
        let prefixByteCount = 10
        let unpadded = prefixByteCount + text.utf8.count + 1
        text += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
        let length = UInt16(text.utf8.count)
        return Self.magic + [1, 0, UInt8(truncatingIfNeeded: length), UInt8(length >> 8)] + Array(text.utf8)
    }
}

/// The type of one value of a NumPy array. The raw value is NumPy's type code without its byte order.
package enum NPYElement: String, Hashable, Sendable, CaseIterable {
    case bool = "b1"
    case int8 = "i1"
    case int16 = "i2"
    case int32 = "i4"
    case int64 = "i8"
    case uint8 = "u1"
    case uint16 = "u2"
    case uint32 = "u4"
    case uint64 = "u8"
    case float32 = "f4"
    case float64 = "f8"

    /// Bytes per value.
    package var byteCount: Int {
        switch self {
        case .bool, .int8, .uint8: 1
        case .int16, .uint16: 2
        case .int32, .uint32, .float32: 4
        case .int64, .uint64, .float64: 8
        }
    }

    /// Whether values are whole numbers; `bool` counts as 0 and 1.
    package var isInteger: Bool { self != .float32 && self != .float64 }
}

/// A Swift type that NumPy arrays can be written from.
package protocol NPYScalar: BitwiseCopyable {
    /// The array's type.
    static var npyElement: NPYElement { get }
}

extension Int8: NPYScalar { package static var npyElement: NPYElement { .int8 } }
extension Int16: NPYScalar { package static var npyElement: NPYElement { .int16 } }
extension Int32: NPYScalar { package static var npyElement: NPYElement { .int32 } }
extension Int64: NPYScalar { package static var npyElement: NPYElement { .int64 } }
extension UInt8: NPYScalar { package static var npyElement: NPYElement { .uint8 } }
extension UInt16: NPYScalar { package static var npyElement: NPYElement { .uint16 } }
extension UInt32: NPYScalar { package static var npyElement: NPYElement { .uint32 } }
extension UInt64: NPYScalar { package static var npyElement: NPYElement { .uint64 } }
extension Float: NPYScalar { package static var npyElement: NPYElement { .float32 } }
extension Double: NPYScalar { package static var npyElement: NPYElement { .float64 } }

/// Why an array file could not be read or written. `description` is one line for the user.
package enum ArrayError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file could not be opened, read or written (the system's reason).
    case io(path: String, reason: String)
    /// The content is no NumPy array, or breaks the format, or is cut off.
    case corrupt(path: String, reason: String)
    /// The content is well formed, but of a kind that is not read.
    case unsupported(path: String, reason: String)

    package var description: String {
        switch self {
        case .io(let path, let reason): "\(path): \(reason)"
        case .corrupt(let path, let reason): "\(path): damaged NumPy array: \(reason)"
        case .unsupported(let path, let reason): "\(path): \(reason)"
        }
    }

    /// The same failure as an array's.
    init(_ error: FileError) {
        self = .io(path: error.path, reason: error.reason)
    }
}
