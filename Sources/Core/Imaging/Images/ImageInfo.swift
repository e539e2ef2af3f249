/// What is known of an image before its pixels are read.
package struct ImageInfo: Codable, Hashable, Sendable {
    /// Columns.
    package var width: Int
    /// Rows.
    package var height: Int
    /// Colour channels, alpha excluded: 1 for grey, 3 for RGB.
    package var channels: Int
    package var sampleType: SampleType

    package init(width: Int, height: Int, channels: Int, sampleType: SampleType) {
        self.width = width
        self.height = height
        self.channels = channels
        self.sampleType = sampleType
    }

    /// Bytes of one row of decoded pixels.
    package var rowByteCount: Int { width * channels * sampleType.byteCount }
}
