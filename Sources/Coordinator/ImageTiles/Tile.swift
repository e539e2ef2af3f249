internal import Compression
internal import Imaging
internal import Primitives

/// Which tile is meant: of a level, by its column and row.
struct TilePlace: Hashable, Sendable {
    var level: Int
    var column: Int
    var row: Int

    /// Width and height of a tile that no border clips.
    static let side = 256

    /// The tile that this one is a fourth of.
    func above(levels: Int = 1) -> TilePlace {
        TilePlace(level: level + levels, column: column >> levels, row: row >> levels)
    }
}

/// The pixels of a tile.
enum Tile: Sendable {
    case pixels(PixelBuffer)
    /// All pixels are like this single one.
    case uniform(PixelBuffer, width: Int, height: Int)

    var width: Int {
        switch self {
        case .pixels(let pixels): pixels.width
        case .uniform(_, let width, _): width
        }
    }

    var height: Int {
        switch self {
        case .pixels(let pixels): pixels.height
        case .uniform(_, _, let height): height
        }
    }

    /// All of them, one by one.
    var pixels: PixelBuffer {
        switch self {
        case .pixels(let pixels): return pixels
        case .uniform(let pixel, let width, let height):
            var bytes: [UInt8] = []
            bytes.reserveCapacity(width * height * pixel.bytes.count)
            for _ in 0..<width * height { bytes += pixel.bytes }
            return PixelBuffer(
                width: width, height: height, channels: pixel.channels, sampleType: pixel.sampleType, bytes: bytes,
                validity: pixel.validity.map { _ in [UInt8](repeating: 0, count: width * height) })
        }
    }

    /// Bytes in memory.
    var byteCount: Int {
        switch self {
        case .pixels(let pixels): pixels.bytes.count + (pixels.validity?.count ?? 0)
        case .uniform(let pixel, _, _): pixel.bytes.count + 1
        }
    }

    /// A tile of an overview, from the up to four under it.
    ///
    /// - Parameter parts: by whether they lie right and below; there is an upper left one.
    init(halving parts: [(right: Bool, below: Bool, tile: Tile)], width: Int, height: Int) {
        if case .uniform(let pixel, _, _)? = parts.first?.tile,
            parts.allSatisfy({ if case .uniform(pixel, _, _) = $0.tile { true } else { false } })
        {
            self = .uniform(pixel, width: width, height: height)
            return
        }
        let halves = parts.map { (right: $0.right, below: $0.below, pixels: $0.tile.pixels.halved()) }
        let first = halves[0].pixels
        let pixelByteCount = first.channels * first.sampleType.byteCount
        var bytes = [UInt8](repeating: 0, count: width * height * pixelByteCount)
        var mask = halves.contains { $0.pixels.validity != nil } ? [UInt8](repeating: 1, count: width * height) : nil
        for (right, below, pixels) in halves {
            let (left, top) = (right ? TilePlace.side / 2 : 0, below ? TilePlace.side / 2 : 0)
            let byteCount = pixels.width * pixelByteCount
            for row in 0..<pixels.height {
                let target = (top + row) * width + left
                bytes.withUnsafeMutableBytes { bytes in
                    pixels.bytes.withUnsafeBytes { source in
                        bytes[target * pixelByteCount..<target * pixelByteCount + byteCount]
                            .copyBytes(from: source[row * byteCount..<(row + 1) * byteCount])
                    }
                }
                if let validity = pixels.validity {
                    mask?.replaceSubrange(
                        target..<target + pixels.width, with: validity[row * pixels.width..<(row + 1) * pixels.width])
                }
            }
        }
        self = .pixels(
            PixelBuffer(
                width: width, height: height, channels: first.channels, sampleType: first.sampleType, bytes: bytes,
                validity: mask))
    }
}

extension SampleType {
    fileprivate var number: UInt8 { UInt8(Self.allCases.firstIndex(of: self) ?? 0) }
}

/// A tile as the cache keeps it in a file: a header of 16 bytes, and the samples and the mask, packed by zstd.
///
/// Bytes 0–7: the first of the SHA-256 of all that follows, as a file may be cut off when the power fails. 8–9: width, 10–11: height,
/// little-endian; 12: channels; 13: sample type; 14: whether there is a mask; 15: zero.
enum TileFile {
    private static let headerByteCount = 16

    /// - Throws: `CodecError` when memory is short.
    static func bytes(of pixels: PixelBuffer) throws(CodecError) -> [UInt8] {
        let content = pixels.bytes + (pixels.validity ?? [])
        let packed = try content.withUnsafeBufferPointer { (buffer) throws(CodecError) in
            try Zstd.compress(UnsafeRawBufferPointer(buffer))
        }
        let (width, height) = (UInt16(pixels.width), UInt16(pixels.height))
        let rest: [UInt8] = [
            UInt8(truncatingIfNeeded: width), UInt8(truncatingIfNeeded: width >> 8), UInt8(truncatingIfNeeded: height),
            UInt8(truncatingIfNeeded: height >> 8), UInt8(pixels.channels), pixels.sampleType.number,
            pixels.validity == nil ? 0 : 1, 0,
        ]
        let body = rest + packed
        return checksum(body) + body
    }

    /// Nil for anything but a whole tile.
    static func pixels(of file: [UInt8]) -> PixelBuffer? {
        guard file.count > headerByteCount, Array(file[..<8]) == checksum(Array(file[8...])) else { return nil }
        let (width, height) = (Int(file[8]) | Int(file[9]) << 8, Int(file[10]) | Int(file[11]) << 8)
        let (channels, isMasked) = (Int(file[12]), file[14] == 1)
        guard (1...TilePlace.side).contains(width), (1...TilePlace.side).contains(height), channels >= 1,
            SampleType.allCases.indices.contains(Int(file[13]))
        else { return nil }
        let type = SampleType.allCases[Int(file[13])]
        let byteCount = width * height * channels * type.byteCount
        let expected = byteCount + (isMasked ? width * height : 0)
        guard let content = try? Zstd.decompress(Array(file[headerByteCount...]), expectedByteCount: expected) else { return nil }
        return PixelBuffer(
            width: width, height: height, channels: channels, sampleType: type, bytes: Array(content[..<byteCount]),
            validity: isMasked ? Array(content[byteCount...]) : nil)
    }

    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        ContentHash(of: bytes).withUnsafeBytes { Array($0.prefix(8)) }
    }
}
