internal import Foundation
package import Imaging

/// Writes a map of labels or of shares as an OME-Zarr 0.4 image with a pyramid, from regions in any order.
///
/// The same values give the same bytes, however they come. Holds some chunks of each plane. Not safe to share between threads.
package final class ZarrMapWriter: RegionWriter {
    private let pyramid: ZarrPyramidWriter
    /// Bytes of a value: 1 or 2.
    package let valueByteCount: Int

    private init(_ pyramid: ZarrPyramidWriter, valueByteCount: Int) {
        (self.pyramid, self.valueByteCount) = (pyramid, valueByteCount)
    }

    /// A label image: uint8, or uint16 when a label is above 255, with the colours of the classes. Each level holds every second label of
    /// every second row of the one before.
    ///
    /// - Parameters:
    ///   - folder: an empty folder; the metadata are written into it.
    ///   - colours: of the labels that can come, ascending by label.
    /// - Throws: `ImageError.io`.
    package static func labels(
        folder: String, width: Int, height: Int, colours: [(label: UInt16, colour: RGBColour)]
    ) throws(ImageError) -> ZarrMapWriter {
        let byteCount = colours.contains { $0.label > 255 } ? 2 : 1
        let listed = colours.map { label, colour in
            "{\"label-value\": \(label), \"rgba\": [\(colour.red), \(colour.green), \(colour.blue), 255]}"
        }
        let pyramid = try ZarrPyramidWriter(
            folder: folder, width: width, height: height, planes: nil, kind: byteCount == 1 ? .grey8 : .grey16,
            overviews: .topLeft, name: "labels",
            members: "\"image-label\": {\"version\": \"0.4\", \"colors\": [\(listed.joined(separator: ", "))]}")
        return ZarrMapWriter(pyramid, valueByteCount: byteCount)
    }

    /// Maps of shares, such as the probability of each class: uint16, of which 65535 stands for 1, one channel a map with its name and
    /// colour. Each level holds means of the one before.
    ///
    /// - Parameters:
    ///   - folder: an empty folder; the metadata are written into it.
    ///   - name: of the image.
    ///   - channels: name and colour of each map; a single one makes an image without a dimension of channels.
    /// - Throws: `ImageError.io`.
    package static func shares(
        folder: String, width: Int, height: Int, name: String, channels: [(name: String, colour: RGBColour)]
    ) throws(ImageError) -> ZarrMapWriter {
        let listed = channels.map { name, colour in
            "{\"label\": \(quoted(name)), \"color\": \"\(colour.hex.dropFirst())\", \"active\": true, "
                + "\"window\": {\"min\": 0, \"max\": 65535, \"start\": 0, \"end\": 65535}}"
        }
        let pyramid = try ZarrPyramidWriter(
            folder: folder, width: width, height: height, planes: channels.count > 1 ? channels.count : nil, kind: .grey16,
            overviews: .mean, name: name,
            members: "\"omero\": {\"version\": \"0.4\", \"channels\": [\(listed.joined(separator: ", "))]}")
        return ZarrMapWriter(pyramid, valueByteCount: 2)
    }

    /// Takes the values of a region, plane after plane: little-endian, `[plane][row][column]`.
    ///
    /// - Precondition: as `RegionWriter.write`.
    /// - Throws: `ImageError.io`.
    package func write(_ region: PixelRect, from values: UnsafeRawBufferPointer) throws(ImageError) {
        let planeByteCount = region.area * valueByteCount
        for plane in 0..<values.count / planeByteCount {
            try pyramid.write(
                region, ofPlane: plane,
                from: UnsafeRawBufferPointer(rebasing: values[plane * planeByteCount..<(plane + 1) * planeByteCount]))
        }
    }

    /// Prepares the folder for workers that write their tiles themselves.
    ///
    /// - Throws: `ImageError.io`.
    package func admit(_ tiles: ZarrTiling) throws(ImageError) { try pyramid.admit(tiles) }

    /// Takes a tile whose chunks a worker has written.
    ///
    /// - Precondition: as `write`; the chunks are there.
    /// - Throws: `ImageError.io`.
    package func adopt(_ tile: PixelRect, of tiles: ZarrTiling) throws(ImageError) { try pyramid.adopt(tile, of: tiles) }

    package func finish() { pyramid.finish() }

    private static func quoted(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}

/// Folders of images that coppice has written.
package enum ZarrOutput {
    /// Whether the folder holds such an image.
    package static func hasWritten(_ folder: String) -> Bool { ZarrPyramidWriter.hasWritten(folder) }
}
