internal import Imaging

/// Takes some of an image's channels, in the order that is asked for, where its format decodes all of them at once.
enum ChosenChannels {
    /// - Parameter channels: positions among those of the source.
    /// - Throws: `ImageError.unsupported` for a channel that there is not.
    static func source(_ source: ImageSource, _ channels: [Int], path: String) throws(ImageError) -> ImageSource {
        try ImageSelection.check(channels: channels, of: source.info.channels, path: path)
        if channels.elementsEqual(0..<source.info.channels) { return source }
        var info = source.info
        info.channels = channels.count
        return MappedImage.source(source, info, isMasked: false) { $0.choosing(channels) }
    }
}

extension PixelBuffer {
    /// The same pixels with some of the channels, in the order of `positions`.
    ///
    /// - Parameter mask: replaces the mask; nil keeps it.
    func choosing(_ positions: [Int], mask: [UInt8]? = nil) -> PixelBuffer {
        let size = sampleType.byteCount
        let (from, to) = (channels * size, positions.count * size)
        let chosen = [UInt8](unsafeUninitializedCapacity: width * height * to) { target, count in
            bytes.withUnsafeBytes { source in
                for (place, channel) in positions.enumerated() {
                    for pixel in 0..<width &* height {
                        for byte in 0..<size {
                            target[pixel &* to &+ place &* size &+ byte] = source[pixel &* from &+ channel &* size &+ byte]
                        }
                    }
                }
            }
            count = width * height * to
        }
        return PixelBuffer(
            width: width, height: height, channels: positions.count, sampleType: sampleType, bytes: chosen,
            validity: mask ?? validity)
    }
}
