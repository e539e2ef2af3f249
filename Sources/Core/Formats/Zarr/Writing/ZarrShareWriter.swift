internal import Foundation

/// Writes maps of shares, such as the probability of each class, as an OME-Zarr 0.4 image, from regions in any order: uint16, of which 65535
/// stands for 1, one channel a map with its name and colour, and a pyramid of means.
///
/// The same values give the same bytes, however they come. Holds some chunks of each map. Not safe to share between threads.
public final class ZarrShareWriter {
    private let pyramid: ZarrPyramidWriter

    /// Writes the metadata.
    ///
    /// - Parameters:
    ///   - folder: an empty folder.
    ///   - name: of the image.
    ///   - channels: name and colour of each map; a single one makes an image without a dimension of channels.
    /// - Throws: `ImageError.io`.
    public init(
        folder: String, width: Int, height: Int, name: String, channels: [(name: String, colour: RGBColour)]
    ) throws(ImageError) {
        let listed = channels.map { name, colour in
            "{\"label\": \(Self.quoted(name)), \"color\": \"\(colour.hex.dropFirst())\", \"active\": true, "
                + "\"window\": {\"min\": 0, \"max\": 65535, \"start\": 0, \"end\": 65535}}"
        }
        pyramid = try ZarrPyramidWriter(
            folder: folder, width: width, height: height, planes: channels.count > 1 ? channels.count : nil, kind: .grey16,
            overviews: .mean, name: name,
            members: "\"omero\": {\"version\": \"0.4\", \"channels\": [\(listed.joined(separator: ", "))]}")
    }

    /// Takes the values of a region, map after map: uint16, little-endian, `[map][row][column]`.
    ///
    /// - Precondition: as `RegionWriter.write`.
    /// - Throws: `ImageError.io`.
    public func write(_ region: PixelRect, from values: UnsafeRawBufferPointer) throws(ImageError) {
        let planeByteCount = region.area * 2
        for plane in 0..<values.count / planeByteCount {
            try pyramid.write(
                region, ofPlane: plane,
                from: UnsafeRawBufferPointer(rebasing: values[plane * planeByteCount..<(plane + 1) * planeByteCount]))
        }
    }

    /// Prepares the folder for workers that write their tiles themselves.
    ///
    /// - Throws: `ImageError.io`.
    public func admit(_ tiles: ZarrTiling) throws(ImageError) { try pyramid.admit(tiles) }

    /// Takes a tile whose chunks a worker has written.
    ///
    /// - Precondition: as `write`; the chunks are there.
    /// - Throws: `ImageError.io`.
    public func adopt(_ tile: PixelRect, of tiles: ZarrTiling) throws(ImageError) { try pyramid.adopt(tile, of: tiles) }

    /// Completes the image.
    ///
    /// - Precondition: every value of every map has come.
    public func finish() { pyramid.finish() }

    private static func quoted(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}

/// Folders of images that coppice has written.
public enum ZarrOutput {
    /// Whether the folder holds such an image.
    public static func hasWritten(_ folder: String) -> Bool { ZarrPyramidWriter.hasWritten(folder) }
}
