/// The type of one stored channel value of an image; its name is NumPy's.
package enum SampleType: String, Codable, Hashable, Sendable, CaseIterable {
    case uint8
    case uint16
    case uint32
    case int8
    case int16
    case int32
    /// Any finite number, taken as it is.
    case float32

    /// Bytes per value.
    package var byteCount: Int {
        switch self {
        case .uint8, .int8: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        }
    }

    /// The value that stands for full intensity, 1.0 in float.
    package var maximum: Double {
        switch self {
        case .uint8: 255
        case .uint16: 65535
        case .uint32: 4_294_967_295
        case .int8: 127
        case .int16: 32767
        case .int32: 2_147_483_647
        case .float32: 1
        }
    }

    /// Whether there are values between two whole ones.
    package var isFloat: Bool { self == .float32 }
}
