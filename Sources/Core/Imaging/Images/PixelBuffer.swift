/// Decoded pixels of an image or of a window of it.
///
/// Layout: `[row][column][channel]`, row-major, without padding; values little-endian.
package struct PixelBuffer: Equatable, Sendable {
    package let width: Int
    package let height: Int
    /// Colour channels, 1…16; alpha is never among them.
    package let channels: Int
    package let sampleType: SampleType
    /// `height * width * channels * sampleType.byteCount` bytes.
    package var bytes: [UInt8]

    /// - Precondition: `bytes` has exactly the size that the other values ask for.
    package init(width: Int, height: Int, channels: Int, sampleType: SampleType, bytes: [UInt8]) {
        precondition(
            bytes.count == width * height * channels * sampleType.byteCount,
            "\(width)×\(height)×\(channels) \(sampleType): found \(bytes.count) bytes")
        self.width = width
        self.height = height
        self.channels = channels
        self.sampleType = sampleType
        self.bytes = bytes
    }

    /// A copy of the pixels of `rect`, in the buffer's own coordinates.
    ///
    /// - Precondition: `rect` lies inside the buffer.
    package func cropped(to rect: PixelRect) -> PixelBuffer {
        precondition(PixelRect(x: 0, y: 0, width: width, height: height).contains(rect), "\(rect) of \(width)×\(height)")
        let pixelByteCount = channels * sampleType.byteCount
        var cropped: [UInt8] = []
        cropped.reserveCapacity(rect.area * pixelByteCount)
        for row in rect.y..<rect.endY {
            let start = (row * width + rect.x) * pixelByteCount
            cropped += bytes[start..<start + rect.width * pixelByteCount]
        }
        return PixelBuffer(width: rect.width, height: rect.height, channels: channels, sampleType: sampleType, bytes: cropped)
    }

    package var info: ImageInfo {
        ImageInfo(width: width, height: height, channels: channels, sampleType: sampleType)
    }
}
