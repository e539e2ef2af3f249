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
        switch source {
        case .windows(let reader): return .windows(ChosenWindows(info, reader, channels))
        case .rows(let reader): return .rows(ChosenRows(info, reader, channels))
        }
    }

    /// Copies the chosen channels of interleaved pixels.
    fileprivate static func copy(
        _ source: UnsafeRawBufferPointer, _ sourceChannels: Int, _ channels: [Int], valueByteCount: Int,
        to target: UnsafeMutableRawBufferPointer
    ) {
        let pixelCount = source.count / (sourceChannels * valueByteCount)
        precondition(
            target.count == pixelCount * channels.count * valueByteCount, "\(pixelCount) pixels: found \(target.count) bytes")
        for (position, channel) in channels.enumerated() {
            for pixel in 0..<pixelCount {
                let from = (pixel &* sourceChannels &+ channel) &* valueByteCount
                let to = (pixel &* channels.count &+ position) &* valueByteCount
                for byte in 0..<valueByteCount { target[to &+ byte] = source[from &+ byte] }
            }
        }
    }
}

private final class ChosenWindows: WindowReader {
    let info: ImageInfo
    let chunkWidth: Int
    let chunkHeight: Int
    private let reader: any WindowReader
    private let channels: [Int]

    init(_ info: ImageInfo, _ reader: any WindowReader, _ channels: [Int]) {
        (self.info, self.reader, self.channels) = (info, reader, channels)
        (chunkWidth, chunkHeight) = (reader.chunkWidth, reader.chunkHeight)
    }

    func read(_ window: PixelRect) throws(ImageError) -> PixelBuffer {
        let all = try reader.read(window)
        var bytes = [UInt8](repeating: 0, count: window.area * channels.count * info.sampleType.byteCount)
        all.bytes.withUnsafeBytes { source in
            bytes.withUnsafeMutableBytes { target in
                ChosenChannels.copy(source, all.channels, channels, valueByteCount: info.sampleType.byteCount, to: target)
            }
        }
        return PixelBuffer(
            width: window.width, height: window.height, channels: channels.count, sampleType: info.sampleType, bytes: bytes)
    }
}

private final class ChosenRows: RowReader {
    let info: ImageInfo
    private let reader: any RowReader
    private let channels: [Int]
    private var held: [UInt8] = []

    init(_ info: ImageInfo, _ reader: any RowReader, _ channels: [Int]) {
        (self.info, self.reader, self.channels) = (info, reader, channels)
    }

    func read(_ count: Int, into rows: UnsafeMutableRawBufferPointer) throws(ImageError) {
        let byteCount = count * reader.info.rowByteCount
        if held.count < byteCount { held = [UInt8](repeating: 0, count: byteCount) }
        try held.withUnsafeMutableBufferPointer { (buffer) throws(ImageError) in
            let all = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<byteCount])
            try reader.read(count, into: all)
            ChosenChannels.copy(
                UnsafeRawBufferPointer(all), reader.info.channels, channels, valueByteCount: info.sampleType.byteCount, to: rows)
        }
    }
}
