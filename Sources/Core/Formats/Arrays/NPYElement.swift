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
