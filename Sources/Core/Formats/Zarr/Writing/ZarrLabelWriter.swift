/// Writes a label map as an OME-Zarr 0.4 label image, from regions in any order, with the colours of the classes and a pyramid: each level
/// holds every second label of every second row of the one before.
///
/// The same labels give the same bytes, however they come. Holds some chunks. Not safe to share between threads.
public final class ZarrLabelWriter: RegionWriter {
    private let pyramid: ZarrPyramidWriter
    /// Bytes of a label: 1, or 2 when one is above 255.
    public let labelByteCount: Int

    /// Writes the metadata.
    ///
    /// - Parameters:
    ///   - folder: an empty folder.
    ///   - colours: of the labels that can come, ascending by label.
    /// - Throws: `ImageError.io`.
    public init(
        folder: String, width: Int, height: Int, colours: [(label: UInt16, colour: RGBColour)]
    ) throws(ImageError) {
        labelByteCount = colours.contains { $0.label > 255 } ? 2 : 1
        let listed = colours.map { label, colour in
            "{\"label-value\": \(label), \"rgba\": [\(colour.red), \(colour.green), \(colour.blue), 255]}"
        }
        pyramid = try ZarrPyramidWriter(
            folder: folder, width: width, height: height, planes: nil, kind: labelByteCount == 1 ? .grey8 : .grey16,
            overviews: .topLeft, name: "labels",
            members: "\"image-label\": {\"version\": \"0.4\", \"colors\": [\(listed.joined(separator: ", "))]}")
    }

    public func write(_ region: PixelRect, from labels: UnsafeRawBufferPointer) throws(ImageError) {
        try pyramid.write(region, ofPlane: 0, from: labels)
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

    public func finish() throws(ImageError) { pyramid.finish() }
}
