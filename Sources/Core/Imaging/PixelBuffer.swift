/// Decoded pixels of an image or of a window of it.
///
/// Layout: `[row][column][channel]`, row-major, without padding; values little-endian. Some pixels may be without data: what is stored
/// there is never computed with.
package struct PixelBuffer: Equatable, Sendable {
    package let width: Int
    package let height: Int
    /// Colour channels, 1…64, or all of a file; alpha is never among them.
    package let channels: Int
    package let sampleType: SampleType
    /// `height * width * channels * sampleType.byteCount` bytes.
    package var bytes: [UInt8]
    /// `[row][column]`: 1 where a pixel has data, 0 where it has none; nil if all have, never all ones.
    package private(set) var validity: [UInt8]?

    /// - Parameter validity: as the property; all ones become nil.
    /// - Precondition: `bytes` and `validity` have exactly the sizes that the other values ask for, and `validity` holds 0 and 1 only.
    package init(
        width: Int, height: Int, channels: Int, sampleType: SampleType, bytes: [UInt8], validity: [UInt8]? = nil
    ) {
        precondition(
            bytes.count == width * height * channels * sampleType.byteCount,
            "\(width)×\(height)×\(channels) \(sampleType): found \(bytes.count) bytes")
        if let validity {
            precondition(validity.count == width * height, "\(width)×\(height): found a mask of \(validity.count) pixels")
            precondition(validity.allSatisfy { $0 <= 1 }, "a mask of other values than 0 and 1")
        }
        self.validity = validity.flatMap { $0.contains(0) ? $0 : nil }
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
        return PixelBuffer(
            width: rect.width, height: rect.height, channels: channels, sampleType: sampleType, bytes: cropped,
            validity: validity(of: rect))
    }

    /// The mask of the pixels of `rect`, in the buffer's own coordinates: `[row][column]`; nil if all have data.
    ///
    /// - Precondition: `rect` lies inside the buffer.
    package func validity(of rect: PixelRect) -> [UInt8]? {
        precondition(PixelRect(x: 0, y: 0, width: width, height: height).contains(rect), "\(rect) of \(width)×\(height)")
        guard let validity else { return nil }
        var part: [UInt8] = []
        part.reserveCapacity(rect.area)
        for row in rect.y..<rect.endY {
            let start = row * width + rect.x
            part += validity[start..<start + rect.width]
        }
        return part.contains(0) ? part : nil
    }

    package var info: ImageInfo {
        ImageInfo(width: width, height: height, channels: channels, sampleType: sampleType)
    }
}

extension PixelBuffer {
    /// The value at a position in `[row][column][channel]` order, as the file states it.
    ///
    /// - Precondition: the position lies in the buffer.
    package func value(at position: Int) -> Double {
        bytes.withUnsafeBytes { bytes in
            func load<Value: BitwiseCopyable>(_ type: Value.Type) -> Value {
                bytes.loadUnaligned(fromByteOffset: position * MemoryLayout<Value>.size, as: type)
            }
            return switch sampleType {
            case .uint8: Double(load(UInt8.self))
            case .uint16: Double(UInt16(littleEndian: load(UInt16.self)))
            case .uint32: Double(UInt32(littleEndian: load(UInt32.self)))
            case .int8: Double(load(Int8.self))
            case .int16: Double(Int16(littleEndian: load(Int16.self)))
            case .int32: Double(Int32(littleEndian: load(Int32.self)))
            case .float32: Double(Float(bitPattern: UInt32(littleEndian: load(UInt32.self))))
            }
        }
    }

    /// The first pixel with a value that is not finite; nil if all are finite, as integers always are.
    ///
    /// - Complexity: O(values), for floats.
    package func firstNonFinite() -> (row: Int, column: Int, channel: Int, value: Float)? {
        guard sampleType.isFloat else { return nil }
        return bytes.withUnsafeBytes { bytes in
            let values = 0..<bytes.count / 4
            func bits(_ index: Int) -> UInt32 {
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 &* index, as: UInt32.self))
            }
            // An exponent of all ones marks an infinity or a NaN.
            guard let index = values.first(where: { bits($0) & 0x7F80_0000 == 0x7F80_0000 }) else { return nil }
            let pixel = index / channels
            return (pixel / width, pixel % width, index % channels, Float(bitPattern: bits(index)))
        }
    }

    /// Takes pixels with a NaN in any channel for pixels without data, and makes values 0 that are not finite in pixels without data: an
    /// infinite value is left only in a pixel that has data. Integers stay as they are.
    ///
    /// - Complexity: O(values), for floats.
    package mutating func maskNotNumbers() {
        guard firstNonFinite() != nil else { return }
        var mask = validity ?? [UInt8](repeating: 1, count: width * height)
        let channels = channels
        bytes.withUnsafeMutableBytes { bytes in
            for pixel in mask.indices {
                let values = pixel * channels..<(pixel + 1) * channels
                func magnitude(_ index: Int) -> UInt32 {
                    UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)) & 0x7FFF_FFFF
                }
                if values.contains(where: { magnitude($0) > 0x7F80_0000 }) { mask[pixel] = 0 }
                guard mask[pixel] == 0 else { continue }
                for index in values where magnitude(index) >= 0x7F80_0000 {
                    bytes.storeBytes(of: 0, toByteOffset: 4 * index, as: UInt32.self)
                }
            }
        }
        validity = mask.contains(0) ? mask : nil
    }
}

extension PixelBuffer {
    /// Assembles the pixels of a window from the chunks of an image, whose grid starts at its top-left pixel.
    ///
    /// - Parameter chunk: the pixels of the chunk at a row and column of chunks, cut at the image's border.
    package init(
        of window: PixelRect, in info: ImageInfo, _ chunkWidth: Int, _ chunkHeight: Int,
        chunk: (_ row: Int, _ column: Int) throws(ImageError) -> PixelBuffer
    ) throws(ImageError) {
        precondition(
            window.area > 0 && PixelRect(x: 0, y: 0, width: info.width, height: info.height).contains(window),
            "\(window) of \(info.width)×\(info.height)")
        let pixelByteCount = info.channels * info.sampleType.byteCount
        var bytes = [UInt8](repeating: 0, count: window.area * pixelByteCount)
        var validity: [UInt8]?
        for row in window.y / chunkHeight...(window.endY - 1) / chunkHeight {
            for column in window.x / chunkWidth...(window.endX - 1) / chunkWidth {
                let part = try chunk(row, column)
                let (left, top) = (column * chunkWidth, row * chunkHeight)
                let (x, endX) = (max(window.x, left), min(window.endX, left + part.width))
                let byteCount = (endX - x) * pixelByteCount
                bytes.withUnsafeMutableBytes { bytes in
                    part.bytes.withUnsafeBytes { pixels in
                        for y in max(window.y, top)..<min(window.endY, top + part.height) {
                            let source = ((y - top) * part.width + x - left) * pixelByteCount
                            let target = ((y - window.y) * window.width + x - window.x) * pixelByteCount
                            bytes[target..<target + byteCount].copyBytes(from: pixels[source..<source + byteCount])
                        }
                    }
                }
                guard let mask = part.validity else { continue }
                var whole = validity ?? [UInt8](repeating: 1, count: window.area)
                validity = nil
                for y in max(window.y, top)..<min(window.endY, top + part.height) {
                    let source = (y - top) * part.width + x - left
                    let target = (y - window.y) * window.width + x - window.x
                    whole.replaceSubrange(target..<target + endX - x, with: mask[source..<source + endX - x])
                }
                validity = whole
            }
        }
        self.init(
            width: window.width, height: window.height, channels: info.channels, sampleType: info.sampleType, bytes: bytes,
            validity: validity)
    }
}

/// How a written image stores a pixel.
package enum PixelKind: Hashable, Sendable {
    case grey8
    case grey16
    /// Numbers of objects; only TIFF and OME-Zarr hold it.
    case grey32
    case rgb8
    case rgb16
    /// One index a pixel, into 1…256 colours.
    case palette8([RGBColour])

    /// Bytes per pixel in the rows that are written.
    package var byteCount: Int {
        switch self {
        case .grey8, .palette8: 1
        case .grey16: 2
        case .grey32: 4
        case .rgb8: 3
        case .rgb16: 6
        }
    }
}
