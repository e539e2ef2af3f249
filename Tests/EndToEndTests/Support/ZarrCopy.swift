@testable import Formats
import Foundation
@testable import Imaging

/// Copies of images as OME-Zarr 0.4, uncompressed.
enum ZarrCopy {
    /// Writes the pixels of an image file into the new folder `path`.
    static func write(_ image: String, to path: String, chunkSide: Int = 128) throws {
        let pixels = try ImageFile.readAll(path: image)
        try write(pixels.info, to: path, chunkSide: chunkSide) { row, column, channel, byte in
            let sample = (row * pixels.width + column) * pixels.channels + channel
            return pixels.bytes[sample * pixels.sampleType.byteCount + byte]
        }
    }

    /// Writes the pixels of an 8-bit image as the floats that features are made of; those of `changes` (row-major positions) as they say.
    static func writeFloats(_ image: String, to path: String, changes: [Int: Float] = [:]) throws {
        let pixels = try ImageFile.readAll(path: image)
        var info = pixels.info
        info.sampleType = .float32
        try write(info, to: path, chunkSide: 128) { row, column, channel, byte in
            let sample = (row * pixels.width + column) * pixels.channels + channel
            let value = changes[sample] ?? Float(pixels.bytes[sample]) * Float(1 / 255.0)
            return UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32(byte)))
        }
    }

    /// Writes the labels of a label file into the new folder `path`.
    static func writeLabels(_ labels: String, to path: String, chunkSide: Int = 128) throws {
        let map = try ImageFile.readAllLabels(path: labels)
        let info = ImageInfo(width: map.width, height: map.height, channels: 1, sampleType: .uint16)
        try write(info, to: path, chunkSide: chunkSide) { row, column, _, byte in
            UInt8(truncatingIfNeeded: map.labels[row * map.width + column] >> (8 * UInt16(byte)))
        }
    }

    private static let dtypes: [SampleType: String] = [.uint8: "|u1", .uint16: "<u2", .float32: "<f4"]

    private static func write(
        _ info: ImageInfo, to path: String, chunkSide: Int,
        _ byte: (_ row: Int, _ column: Int, _ channel: Int, _ byte: Int) -> UInt8
    ) throws {
        let array = URL(fileURLWithPath: path).appendingPathComponent("0")
        try FileManager.default.createDirectory(at: array, withIntermediateDirectories: true)
        let attributes = """
            {"multiscales": [{"version": "0.4", "axes": [{"name": "c", "type": "channel"}, {"name": "y", "type": "space"}, \
            {"name": "x", "type": "space"}], "datasets": [{"path": "0"}]}]}
            """
        let metadata = """
            {"zarr_format": 2, "shape": [\(info.channels), \(info.height), \(info.width)], "chunks": [1, \(chunkSide), \(chunkSide)], \
            "dtype": "\(dtypes[info.sampleType] ?? "")", "compressor": null, "fill_value": 0, "order": "C", "filters": null}
            """
        try Data(attributes.utf8).write(to: URL(fileURLWithPath: "\(path)/.zattrs"))
        try Data(metadata.utf8).write(to: array.appendingPathComponent(".zarray"))
        for channel in 0..<info.channels {
            for chunkRow in 0...(info.height - 1) / chunkSide {
                for chunkColumn in 0...(info.width - 1) / chunkSide {
                    var bytes = Data()
                    for row in chunkRow * chunkSide..<(chunkRow + 1) * chunkSide {
                        for column in chunkColumn * chunkSide..<(chunkColumn + 1) * chunkSide {
                            let isInside = row < info.height && column < info.width
                            for part in 0..<info.sampleType.byteCount {
                                bytes.append(isInside ? byte(row, column, channel, part) : 0)
                            }
                        }
                    }
                    try bytes.write(to: array.appendingPathComponent("\(channel).\(chunkRow).\(chunkColumn)"))
                }
            }
        }
    }
}
