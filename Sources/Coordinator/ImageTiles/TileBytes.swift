package import Imaging

/// A tile as a page gets it.
///
/// A header of 8 bytes: width and height (two bytes each, little-endian), channels, bytes per sample (1, 2 or 4), 1 for floats, 1 if a mask
/// follows. Then the samples, little-endian, `[channel][row][column]`. Then, if some pixels have no data, a byte a pixel,
/// `[row][column]`: 1 where it has.
package struct TileBytes: Hashable, Sendable {
    package let bytes: [UInt8]

    package static let headerByteCount = 8

    /// - Precondition: width and height are at most 65,535, and there are at most 255 channels.
    package init(_ pixels: PixelBuffer) {
        let (width, height, channels) = (pixels.width, pixels.height, pixels.channels)
        let (size, area) = (pixels.sampleType.byteCount, width * height)
        let header: [UInt8] = [
            UInt8(truncatingIfNeeded: width), UInt8(width >> 8), UInt8(truncatingIfNeeded: height), UInt8(height >> 8),
            UInt8(channels), UInt8(size), pixels.sampleType.isFloat ? 1 : 0, pixels.validity == nil ? 0 : 1,
        ]
        let count = header.count + pixels.bytes.count + (pixels.validity?.count ?? 0)
        bytes = [UInt8](unsafeUninitializedCapacity: count) { target, initializedCount in
            initializedCount = count
            let target = UnsafeMutableRawBufferPointer(target)
            target.copyBytes(from: header)
            pixels.bytes.withUnsafeBytes { source in
                let samples = UnsafeMutableRawBufferPointer(rebasing: target[header.count...])
                switch size {
                case 1: Self.deinterleave(source, area, channels, into: samples, as: UInt8.self)
                case 2: Self.deinterleave(source, area, channels, into: samples, as: UInt16.self)
                default: Self.deinterleave(source, area, channels, into: samples, as: UInt32.self)
                }
            }
            guard let validity = pixels.validity else { return }
            UnsafeMutableRawBufferPointer(rebasing: target[(header.count + pixels.bytes.count)...]).copyBytes(from: validity)
        }
    }

    private static func deinterleave<Bits: BitwiseCopyable>(
        _ source: UnsafeRawBufferPointer, _ area: Int, _ channels: Int, into target: UnsafeMutableRawBufferPointer,
        as type: Bits.Type
    ) {
        let size = MemoryLayout<Bits>.size
        for channel in 0..<channels {
            for pixel in 0..<area {
                let value = source.loadUnaligned(fromByteOffset: (pixel &* channels &+ channel) &* size, as: type)
                target.storeBytes(of: value, toByteOffset: (channel &* area &+ pixel) &* size, as: type)
            }
        }
    }
}
