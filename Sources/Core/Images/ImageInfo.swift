/// What is known of an image before its pixels are read.
public struct ImageInfo: Codable, Hashable, Sendable {
    /// Columns.
    public var width: Int
    /// Rows.
    public var height: Int
    /// Colour channels, alpha excluded: 1 for grey, 3 for RGB.
    public var channels: Int
    public var sampleType: SampleType

    public init(width: Int, height: Int, channels: Int, sampleType: SampleType) {
        self.width = width
        self.height = height
        self.channels = channels
        self.sampleType = sampleType
    }

    /// Bytes of one row of decoded pixels.
    public var rowByteCount: Int { width * channels * sampleType.byteCount }
}
