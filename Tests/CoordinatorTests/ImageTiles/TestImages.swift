import Foundation

@testable import Compression
@testable import Formats
@testable import Imaging
@testable import Primitives

/// Images for the tests of tiles: every sample follows from its place.
enum TestImages {
    /// Rounded to the type; runs of values, so that means of neighbours differ from them.
    static func sample(_ x: Int, _ y: Int, _ channel: Int, _ page: Int) -> Int {
        x * 37 + y * 101 + channel * 53 + page * 19 + x * y / 7
    }

    static func bytes(_ value: Int, _ type: SampleType) -> [UInt8] {
        let bits = type.isFloat ? Int(Float(value % 1009).bitPattern) : value
        return (0..<type.byteCount).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
    }

    static func png(_ path: String, width: Int, height: Int, kind: PixelKind) throws {
        let writer = try PNGRegionWriter(path: path, width: width, height: height, kind: kind)
        try write(writer, width, height, kind)
    }

    static func tiff(_ path: String, width: Int, height: Int, kind: PixelKind) throws {
        let writer = try TIFFPyramidWriter(path: path, width: width, height: height, kind: kind, overviews: .mean)
        try write(writer, width, height, kind)
    }

    private static func write(_ writer: any RegionWriter, _ width: Int, _ height: Int, _ kind: PixelKind) throws {
        let (channels, type): (Int, SampleType) =
            kind == .rgb8 ? (3, .uint8) : kind == .grey8 ? (1, .uint8) : (1, .uint16)
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<channels { pixels += bytes(sample(x, y, channel, 0), type) }
            }
        }
        try pixels.withUnsafeBytes {
            try writer.write(PixelRect(x: 0, y: 0, width: width, height: height), from: $0)
        }
        try writer.finish()
    }

    /// RGBA of 8 bits; every pixel of some squares is wholly transparent.
    static func transparentPNG(_ path: String, width: Int, height: Int) throws {
        var raw: [UInt8] = []
        for y in 0..<height {
            raw.append(0)
            for x in 0..<width {
                for channel in 0..<3 { raw.append(UInt8(truncatingIfNeeded: sample(x, y, channel, 0))) }
                raw.append((x / 5 + y / 3) % 3 == 0 ? 0 : 255)
            }
        }
        func big(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
        func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
            let body = Array(type.utf8) + content
            var remainder = UInt32.max
            for byte in body {
                remainder ^= UInt32(byte)
                for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 1 ? 0xEDB8_8320 : 0) }
            }
            return big(content.count) + body + big(Int(~remainder))
        }
        let header = chunk("IHDR", big(width) + big(height) + [8, 6, 0, 0, 0])
        let content = chunk("IDAT", try Zlib.compress(raw, level: 6))
        let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        try Data(signature + header + content + chunk("IEND", [])).write(to: URL(fileURLWithPath: path))
    }

    /// An OME-Zarr image of one level, axes c, z, y and x, in chunks that are not packed.
    ///
    /// - Parameter isThere: whether a chunk is written, by its column and row.
    static func zarr(
        _ path: String, width: Int, height: Int, channels: Int = 1, depth: Int = 1, type: SampleType, chunk: Int,
        isThere: (Int, Int) -> Bool = { _, _ in true },
        sample: (Int, Int, Int, Int) -> [UInt8]
    ) throws {
        let kind = type.isFloat ? "f" : type.rawValue.hasPrefix("u") ? "u" : "i"
        let name = "\(type.byteCount == 1 ? "|" : "<")\(kind)\(type.byteCount)"
        let axes = "[{\"name\":\"c\"},{\"name\":\"z\"},{\"name\":\"y\"},{\"name\":\"x\"}]"
        let names = (0..<channels).map { "{\"label\":\"channel \($0)\",\"color\":\"00FF0\($0)\"}" }.joined(separator: ",")
        let files = [
            ".zgroup": "{\"zarr_format\":2}",
            ".zattrs":
                "{\"omero\":{\"channels\":[\(names)]},\"multiscales\":[{\"version\":\"0.4\",\"axes\":\(axes),\"datasets\":[{\"path\":\"0\"}]}]}",
            "0/.zarray":
                "{\"zarr_format\":2,\"shape\":[\(channels),\(depth),\(height),\(width)],\"chunks\":[1,1,\(chunk),\(chunk)],\"dtype\":\"\(name)\",\"order\":\"C\",\"fill_value\":7,\"filters\":null,\"compressor\":null,\"dimension_separator\":\"/\"}",
        ]
        try FileManager.default.createDirectory(atPath: "\(path)/0", withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)")) }
        for channel in 0..<channels {
            for z in 0..<depth {
                for row in 0...(height - 1) / chunk {
                    let folder = "\(path)/0/\(channel)/\(z)/\(row)"
                    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                    for column in 0...(width - 1) / chunk where isThere(column, row) {
                        var bytes: [UInt8] = []
                        for y in row * chunk..<(row + 1) * chunk {
                            for x in column * chunk..<(column + 1) * chunk { bytes += sample(x, y, channel, z) }
                        }
                        try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(column)"))
                    }
                }
            }
        }
    }

    /// The mean of up to four pixels with data, as plainly as it can be said.
    static func naiveHalf(_ pixels: PixelBuffer) -> PixelBuffer {
        let (width, height, channels) = ((pixels.width + 1) / 2, (pixels.height + 1) / 2, pixels.channels)
        var bytes: [UInt8] = []
        var mask: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                var four: [Int] = []
                for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                    let place = min(2 * y + dy, pixels.height - 1) * pixels.width + min(2 * x + dx, pixels.width - 1)
                    if pixels.validity?[place] != 0 { four.append(place) }
                }
                mask.append(four.isEmpty ? 0 : 1)
                for channel in 0..<channels {
                    let sum = four.reduce(0.0) { $0 + pixels.value(at: $1 * channels + channel) }
                    let mean = four.isEmpty ? 0 : sum / Double(four.count)
                    if pixels.sampleType.isFloat {
                        let bits = Float(mean).bitPattern
                        bytes += (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
                    } else {
                        let value = Int((mean + 0.5).rounded(.down))
                        bytes += (0..<pixels.sampleType.byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
                    }
                }
            }
        }
        return PixelBuffer(
            width: width, height: height, channels: channels, sampleType: pixels.sampleType, bytes: bytes, validity: mask)
    }
}
