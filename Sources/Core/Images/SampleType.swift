/// The type of one stored channel value of an image.
public enum SampleType: String, Codable, Hashable, Sendable, CaseIterable {
    case uint8
    case uint16

    /// Bytes per value.
    public var byteCount: Int { self == .uint8 ? 1 : 2 }

    /// The value that stands for full intensity, 1.0 in float.
    public var maximum: Int { self == .uint8 ? 255 : 65535 }
}
