internal import Imaging

/// Joins images of one size to one image, whose channels are theirs, those of the first image first. A pixel has data where all of them
/// have some.
enum ChannelStack {
    /// - Parameter parts: at least one.
    /// - Throws: `ImageError.unsupported` when their sizes or types differ, or they are more channels than a file may have.
    static func source(_ parts: [ImageSource], path: String) throws(ImageError) -> ImageSource {
        guard parts.count > 1, let first = parts.first?.info else { return parts[0] }
        var info = first
        info.channels = parts.reduce(0) { $0 + $1.info.channels }
        for part in parts.map(\.info)
        where (part.width, part.height, part.sampleType) != (first.width, first.height, first.sampleType) {
            throw .unsupported(
                path: path,
                reason:
                    "expected channels of \(first.width)×\(first.height) pixels of \(first.sampleType.rawValue) as the first, "
                    + "found \(part.width)×\(part.height) of \(part.sampleType.rawValue)")
        }
        guard info.channels <= ImageInfo.storedChannelsMax else {
            throw .unsupported(
                path: path, reason: "expected 1 to \(ImageInfo.storedChannelsMax) channels, found \(info.channels)")
        }
        let windows = parts.compactMap { part in if case .windows(let reader) = part { reader } else { nil } }
        if windows.count == parts.count { return .windows(StackedWindows(info, windows)) }
        return .rows(StackedRows(info, parts.map(\.rowReader)))
    }

    /// Copies the channels of a part to their places in the whole.
    ///
    /// - Parameter first: position of the part's first channel.
    fileprivate static func place(
        _ part: UnsafeRawBufferPointer, _ partInfo: ImageInfo, pixels: Int, at first: Int, of info: ImageInfo,
        in whole: UnsafeMutableRawBufferPointer
    ) {
        if partInfo.channels == 1 {
            InterleavedSamples(target: whole, first: first, step: info.channels, count: pixels)
                .copy(part, from: 0, info.sampleType)
            return
        }
        let size = info.sampleType.byteCount
        let (partBytes, wholeBytes) = (partInfo.channels * size, info.channels * size)
        for pixel in 0..<pixels {
            for byte in 0..<partBytes { whole[pixel * wholeBytes + first * size + byte] = part[pixel * partBytes + byte] }
        }
    }
}

/// Joined images that are read in windows.
private final class StackedWindows: WindowReader {
    let info: ImageInfo
    let chunkWidth: Int
    let chunkHeight: Int
    let isMasked: Bool
    private let parts: [any WindowReader]

    init(_ info: ImageInfo, _ parts: [any WindowReader]) {
        self.info = info
        self.parts = parts
        isMasked = parts.contains { $0.isMasked }
        (chunkWidth, chunkHeight) = (parts[0].chunkWidth, parts[0].chunkHeight)
    }

    func read(_ window: PixelRect) throws(ImageError) -> PixelBuffer {
        var bytes = [UInt8](repeating: 0, count: window.area * info.channels * info.sampleType.byteCount)
        var validity: [UInt8]?
        var first = 0
        for part in parts {
            let pixels = try part.read(window)
            if let mask = pixels.validity { validity = validity.map { zip($0, mask).map { $0 & $1 } } ?? mask }
            pixels.bytes.withUnsafeBytes { source in
                bytes.withUnsafeMutableBytes {
                    ChannelStack.place(source, part.info, pixels: window.area, at: first, of: info, in: $0)
                }
            }
            first += part.info.channels
        }
        return PixelBuffer(
            width: window.width, height: window.height, channels: info.channels, sampleType: info.sampleType, bytes: bytes,
            validity: validity)
    }
}

/// Joined images that are read row by row.
private final class StackedRows: RowReader {
    let info: ImageInfo
    let isMasked: Bool
    private let parts: [any RowReader]
    private var held: [UInt8] = []
    private var heldMask: [UInt8] = []

    init(_ info: ImageInfo, _ parts: [any RowReader]) {
        self.info = info
        self.parts = parts
        isMasked = parts.contains { $0.isMasked }
    }

    func read(_ count: Int, into rows: UnsafeMutableRawBufferPointer) throws(ImageError) {
        try read(count, into: rows, mask: nil)
    }

    func read(
        _ count: Int, into rows: UnsafeMutableRawBufferPointer, validity: UnsafeMutableBufferPointer<UInt8>
    ) throws(ImageError) {
        validity.update(repeating: 1)
        try read(count, into: rows, mask: validity)
    }

    /// Decodes rows, and takes what has no data in a part out of `mask`.
    private func read(
        _ count: Int, into rows: UnsafeMutableRawBufferPointer, mask: UnsafeMutableBufferPointer<UInt8>?
    ) throws(ImageError) {
        guard count > 0 else { return }
        var first = 0
        for part in parts {
            let byteCount = count * part.info.rowByteCount
            if held.count < byteCount { held = [UInt8](repeating: 0, count: byteCount) }
            try held.withUnsafeMutableBufferPointer { (buffer) throws(ImageError) in
                let source = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<byteCount])
                if let mask, part.isMasked {
                    try readMasked(part, count, into: source, mask)
                } else {
                    try part.read(count, into: source)
                }
                ChannelStack.place(
                    UnsafeRawBufferPointer(source), part.info, pixels: count * info.width, at: first, of: info, in: rows)
            }
            first += part.info.channels
        }
    }

    private func readMasked(
        _ part: any RowReader, _ count: Int, into rows: UnsafeMutableRawBufferPointer, _ mask: UnsafeMutableBufferPointer<UInt8>
    ) throws(ImageError) {
        if heldMask.count < mask.count { heldMask = [UInt8](repeating: 1, count: mask.count) }
        try heldMask.withUnsafeMutableBufferPointer { (held) throws(ImageError) in
            let validity = UnsafeMutableBufferPointer(rebasing: held[..<mask.count])
            try part.read(count, into: rows, validity: validity)
            for pixel in mask.indices { mask[pixel] &= validity[pixel] }
        }
    }
}

/// The places of one channel's samples in a row of interleaved pixels that is being written.
struct InterleavedSamples {
    let target: UnsafeMutableRawBufferPointer
    /// In samples from the start of `target`.
    let first: Int
    /// Samples from one pixel to the next: the number of channels.
    let step: Int
    /// Pixels.
    let count: Int

    /// Copies as many samples, from sample `start` of `source` on; both sides are little-endian.
    ///
    /// - Parameter distance: in samples of `source` from one to the next.
    func copy(_ source: UnsafeRawBufferPointer, from start: Int, by distance: Int = 1, _ sampleType: SampleType) {
        let size = sampleType.byteCount
        guard distance == 1 else {
            copy(source, from: start, every: distance, size)
            return
        }
        precondition(start >= 0 && (start + count) * size <= source.count, "\(start) + \(count) of \(source.count) bytes")
        checkTarget(size)
        let samples = UnsafeRawBufferPointer(rebasing: source[start * size..<(start + count) * size])
        if step == 1 {
            target[first * size..<(first + count) * size].copyBytes(from: samples)
        } else {
            switch size {
            case 1: for index in 0..<count { target[first + index * step] = samples[index] }
            case 2: for index in 0..<count { set(index, samples.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)) }
            default: for index in 0..<count { set(index, samples.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)) }
            }
        }
    }

    private func copy(_ source: UnsafeRawBufferPointer, from start: Int, every distance: Int, _ size: Int) {
        precondition(
            start >= 0 && distance >= 1 && (start + (count - 1) * distance + 1) * size <= source.count,
            "\(count) samples from \(start) on by \(distance) in \(source.count) bytes")
        checkTarget(size)
        func load<Bits: BitwiseCopyable>(_ index: Int, _ type: Bits.Type) -> Bits {
            source.loadUnaligned(fromByteOffset: MemoryLayout<Bits>.size * (start + index * distance), as: type)
        }
        switch size {
        case 1: for index in 0..<count { set(index, load(index, UInt8.self)) }
        case 2: for index in 0..<count { set(index, load(index, UInt16.self)) }
        default: for index in 0..<count { set(index, load(index, UInt32.self)) }
        }
    }

    /// Sets all samples to the lowest bits of `bits`.
    func fill(_ bits: UInt32, _ sampleType: SampleType) {
        checkTarget(sampleType.byteCount)
        switch sampleType.byteCount {
        case 1: for index in 0..<count { target[first + index * step] = UInt8(truncatingIfNeeded: bits) }
        case 2: for index in 0..<count { set(index, UInt16(truncatingIfNeeded: bits).littleEndian) }
        default: for index in 0..<count { set(index, bits.littleEndian) }
        }
    }

    @inline(__always)
    private func set<Bits: BitwiseCopyable>(_ index: Int, _ stored: Bits) {
        target.storeBytes(of: stored, toByteOffset: MemoryLayout<Bits>.size * (first + index * step), as: Bits.self)
    }

    private func checkTarget(_ size: Int) {
        precondition(
            first >= 0 && step >= 1 && count >= 1 && (first + (count - 1) * step + 1) * size <= target.count,
            "\(count) samples from \(first) on in \(target.count) bytes")
    }
}
