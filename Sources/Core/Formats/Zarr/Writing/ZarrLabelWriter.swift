internal import Foundation

/// Writes a label map as an OME-Zarr 0.4 label image, from regions in any order: Zarr v2, chunks of 512 × 512 labels packed by zlib, with
/// the colours of the classes and a pyramid: each level holds every second label of every second row of the one before.
///
/// The same labels give the same bytes, however they come. Holds some chunks. Not safe to share between threads.
public final class ZarrLabelWriter: RegionWriter {
    private let folder: String
    private let pyramid: PyramidBuilder
    /// Bytes of a label: 1, or 2 when one is above 255.
    public let labelByteCount: Int

    private static let chunkSide = 512
    private static let packingLevel = 1
    /// The start of the attributes, by which a folder is known as one that this type has written.
    private static let signature = "{\"_creator\": {\"name\": \"coppice\""

    /// Writes the metadata.
    ///
    /// - Parameters:
    ///   - folder: an empty folder.
    ///   - colours: of the labels that can come, ascending by label.
    /// - Throws: `ImageError.io`.
    public init(
        folder: String, width: Int, height: Int, colours: [(label: UInt16, colour: RGBColour)]
    ) throws(ImageError) {
        self.folder = folder
        labelByteCount = colours.contains { $0.label > 255 } ? 2 : 1
        pyramid = PyramidBuilder(
            width: width, height: height, side: Self.chunkSide, kind: labelByteCount == 1 ? .grey8 : .grey16, overviews: .topLeft,
            packingLevel: Self.packingLevel, path: folder, store: ChunkFolder(folder))
        let files = ChunkFolder(folder)
        for (number, level) in pyramid.levels.enumerated() {
            try files.makeFolder("\(number)")
            try files.write(Array(Self.metadata(of: level, labelByteCount).utf8), to: "\(number)/.zarray")
        }
        try files.write(Array("{\"zarr_format\": 2}\n".utf8), to: ".zgroup")
        try files.write(Array(Self.attributes(colours, levelCount: pyramid.levels.count).utf8), to: ".zattrs")
    }

    public func write(_ region: PixelRect, from labels: UnsafeRawBufferPointer) throws(ImageError) {
        try pyramid.add(region, labels)
    }

    public func finish() throws(ImageError) {
        precondition(pyramid.isComplete, "a map was finished before its last region")
    }

    /// Whether the folder holds a label image that this type has written.
    public static func hasWritten(_ folder: String) -> Bool {
        guard let file = try? InputFile(path: "\(folder)/.zattrs", followsLinks: false) else { return false }
        return (try? file.bytes(signature.utf8.count)) == Array(signature.utf8)
    }

    // MARK: Metadata

    private static func attributes(_ colours: [(label: UInt16, colour: RGBColour)], levelCount: Int) -> String {
        let colours = colours.map { label, colour in
            "{\"label-value\": \(label), \"rgba\": [\(colour.red), \(colour.green), \(colour.blue), 255]}"
        }
        let levels = (0..<levelCount).map { level in
            let scale = "\(1 << level).0"
            return
                "{\"path\": \"\(level)\", \"coordinateTransformations\": [{\"type\": \"scale\", \"scale\": [\(scale), \(scale)]}]}"
        }
        return """
            \(signature), "version": "\(Coppice.version)"},
             "image-label": {"version": "0.4", "colors": [\(colours.joined(separator: ", "))]},
             "multiscales": [{"version": "0.4", "name": "labels", "axes": [{"name": "y", "type": "space"}, {"name": "x", "type": "space"}],
              "datasets": [\(levels.joined(separator: ", "))]}]}

            """
    }

    private static func metadata(of level: TileGrid, _ labelByteCount: Int) -> String {
        """
        {"zarr_format": 2, "shape": [\(level.imageHeight), \(level.imageWidth)], "chunks": [\(chunkSide), \(chunkSide)], \
        "dtype": "\(labelByteCount == 1 ? "|u1" : "<u2")", "order": "C", "fill_value": 0, "filters": null, \
        "compressor": {"id": "zlib", "level": \(packingLevel)}, "dimension_separator": "/"}

        """
    }
}
