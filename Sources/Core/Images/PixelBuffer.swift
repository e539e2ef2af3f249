/// Decoded pixels of an image or of a window of it.
///
/// Layout: `[row][column][channel]`, row-major, without padding; `uint16` values little-endian.
public struct PixelBuffer: Equatable, Sendable {
    public let width: Int
    public let height: Int
    /// Colour channels, 1…16; alpha is never among them.
    public let channels: Int
    public let sampleType: SampleType
    /// `height * width * channels * sampleType.byteCount` bytes.
    public var bytes: [UInt8]

    /// - Precondition: `bytes` has exactly the size that the other values ask for.
    public init(width: Int, height: Int, channels: Int, sampleType: SampleType, bytes: [UInt8]) {
        precondition(
            bytes.count == width * height * channels * sampleType.byteCount,
            "\(width)×\(height)×\(channels) \(sampleType): found \(bytes.count) bytes")
        self.width = width
        self.height = height
        self.channels = channels
        self.sampleType = sampleType
        self.bytes = bytes
    }

    public var info: ImageInfo {
        ImageInfo(width: width, height: height, channels: channels, sampleType: sampleType)
    }
}
