internal import Foundation
package import Imaging
internal import Primitives

/// Writes a map of labels or of shares as an OME-Zarr 0.4 image, from regions in any order: Zarr v2, chunks of 512 × 512 values packed by
/// zlib, and a pyramid, of one plane or of several: its channels, planes in depth and time points.
///
/// The same values give the same bytes, however they come. Holds some chunks of each plane. Not safe to share between threads.
package final class ZarrMapWriter: RegionWriter {
    /// Planes of a page, one after the other in the values of a region.
    private let channelCount: Int
    /// Bytes of a value: 1, 2 or 4.
    package let valueByteCount: Int
    /// `[page][channel]`: one for each plane, with the files of its chunks.
    private let pyramids: [PyramidBuilder]
    private let files: [ChunkFolder]

    static let chunkSide = 512
    static let packingLevel = 1
    /// The start of the attributes, by which a folder is known as one that this type has written.
    private static let signature = "{\"_creator\": {\"name\": \"coppice\""

    /// Writes the metadata.
    ///
    /// - Parameters:
    ///   - folder: an empty folder.
    ///   - channels: how many, as a dimension; nil for an image without that dimension.
    ///   - stack: planes in depth and time points, as dimensions where there are several.
    ///   - kind: of the values: `grey8`, `grey16` or `grey32`.
    ///   - metadata: where the pixels lie.
    ///   - name: of the image.
    ///   - members: more of the attributes: JSON members, without a comma at their end.
    /// - Throws: `ImageError.io`.
    private init(
        folder: String, width: Int, height: Int, channels: Int?, stack: StackShape?, kind: PixelKind, overviews: OverviewRule,
        metadata: ImageMetadata, name: String, members: String
    ) throws(ImageError) {
        valueByteCount = kind.byteCount
        channelCount = channels ?? 1
        let dimensions = ZarrDimensions(channels: channels, stack: stack)
        let stores = dimensions.planes.map { ChunkFolder(folder, plane: $0) }
        pyramids = stores.map { store in
            PyramidBuilder(
                width: width, height: height, side: Self.chunkSide, kind: kind, overviews: overviews,
                packingLevel: Self.packingLevel, path: folder, store: store)
        }
        self.files = stores
        let files = ChunkFolder(folder)
        let levels = PyramidBuilder.levels(width: width, height: height, side: Self.chunkSide)
        for (number, level) in levels.enumerated() {
            for store in stores { try store.makeFolders(ofLevel: number) }
            try files.write(Array(Self.metadata(of: level, dimensions, kind).utf8), to: "\(number)/.zarray")
        }
        try files.write(Array("{\"zarr_format\": 2}\n".utf8), to: ".zgroup")
        let coordinates = ZarrCoordinates(axes: dimensions.letters + "yx", metadata, overviews)
        let attributes = Self.attributes(coordinates, levelCount: levels.count, name: name, members: members)
        try files.write(Array(attributes.utf8), to: ".zattrs")
    }

    /// A label image: uint8, or uint16 when a label is above 255, with the colours of the classes. Each level holds every second label of
    /// every second row of the one before.
    ///
    /// - Parameters:
    ///   - folder: an empty folder; the metadata are written into it.
    ///   - colours: of the labels that can come, ascending by label.
    ///   - metadata: where the pixels lie, of the first plane.
    ///   - stack: planes in depth and time points; nil for a single plane.
    /// - Throws: `ImageError.io`.
    package static func labels(
        folder: String, width: Int, height: Int, colours: [(label: UInt16, colour: RGBColour)],
        metadata: ImageMetadata = .none, stack: StackShape? = nil
    ) throws(ImageError) -> ZarrMapWriter {
        let listed = colours.map { label, colour in
            "{\"label-value\": \(label), \"rgba\": [\(colour.red), \(colour.green), \(colour.blue), 255]}"
        }
        return try ZarrMapWriter(
            folder: folder, width: width, height: height, channels: nil, stack: stack,
            kind: colours.contains { $0.label > 255 } ? .grey16 : .grey8, overviews: .topLeft, metadata: metadata, name: "labels",
            members: "\"image-label\": {\"version\": \"0.4\", \"colors\": [\(listed.joined(separator: ", "))]}")
    }

    /// A label image of objects: uint32 numbers, each level with every second one of every second row of the one before.
    ///
    /// - Parameters:
    ///   - folder: an empty folder; the metadata are written into it.
    ///   - metadata: where the pixels lie.
    /// - Throws: `ImageError.io`.
    package static func instances(
        folder: String, width: Int, height: Int, metadata: ImageMetadata = .none
    ) throws(ImageError) -> ZarrMapWriter {
        try ZarrMapWriter(
            folder: folder, width: width, height: height, channels: nil, stack: nil, kind: .grey32, overviews: .topLeft,
            metadata: metadata, name: "objects", members: "\"image-label\": {\"version\": \"0.4\"}")
    }

    /// Maps of shares, such as the probability of each class: uint16, of which 65535 stands for 1, one channel a map with its name and
    /// colour. Each level holds means of the one before.
    ///
    /// - Parameters:
    ///   - folder: an empty folder; the metadata are written into it.
    ///   - name: of the image.
    ///   - channels: name and colour of each map; a single one makes an image without a dimension of channels.
    ///   - metadata: where the pixels lie, of the first plane.
    ///   - stack: planes in depth and time points; nil for a single plane.
    /// - Throws: `ImageError.io`.
    package static func shares(
        folder: String, width: Int, height: Int, name: String, channels: [(name: String, colour: RGBColour)],
        metadata: ImageMetadata = .none, stack: StackShape? = nil
    ) throws(ImageError) -> ZarrMapWriter {
        let listed = channels.map { name, colour in
            "{\"label\": \(JSONText.quoted(name)), \"color\": \"\(colour.hex.dropFirst())\", \"active\": true, "
                + "\"window\": {\"min\": 0, \"max\": 65535, \"start\": 0, \"end\": 65535}}"
        }
        return try ZarrMapWriter(
            folder: folder, width: width, height: height, channels: channels.count > 1 ? channels.count : nil, stack: stack,
            kind: .grey16, overviews: .mean, metadata: metadata, name: name,
            members: "\"omero\": {\"version\": \"0.4\", \"channels\": [\(listed.joined(separator: ", "))]}")
    }

    /// Takes the values of a region, channel after channel: little-endian, `[channel][row][column]`.
    ///
    /// - Precondition: as `RegionWriter.write`.
    /// - Throws: `ImageError.io`.
    package func write(_ region: PixelRect, from values: UnsafeRawBufferPointer) throws(ImageError) {
        try write(region, plane: 0, from: values)
    }

    package func write(_ region: PixelRect, plane page: Int, from values: UnsafeRawBufferPointer) throws(ImageError) {
        let planeByteCount = region.area * valueByteCount
        for channel in 0..<channelCount {
            try pyramids[page * channelCount + channel].add(
                region, UnsafeRawBufferPointer(rebasing: values[channel * planeByteCount..<(channel + 1) * planeByteCount]))
        }
    }

    /// Prepares the folder for workers that write their tiles themselves.
    ///
    /// - Throws: `ImageError.io`.
    package func admit(_ tiles: ZarrTiling) throws(ImageError) {
        for files in files {
            for (number, level) in tiles.levels.prefix(tiles.ownLevelCount).enumerated() {
                try files.makeRows(level.rows, ofLevel: number)
            }
        }
    }

    /// Takes a tile whose chunks, of all planes, a worker has written.
    ///
    /// - Precondition: as `write`; the chunks are there.
    /// - Throws: `ImageError.io`.
    package func adopt(_ tile: PixelRect, of tiles: ZarrTiling) throws(ImageError) {
        for pyramid in pyramids { try pyramid.adopt(tile, levelCount: tiles.ownLevelCount) }
    }

    package func finish() { precondition(pyramids.allSatisfy(\.isComplete), "a map was finished before its last region") }

    /// Whether the folder holds an image that this type has written.
    package static func hasWritten(_ folder: String) -> Bool {
        guard let file = try? InputFile(path: "\(folder)/.zattrs", followsLinks: false) else { return false }
        return (try? file.bytes(signature.utf8.count)) == Array(signature.utf8)
    }

    // MARK: Metadata

    private static func attributes(_ coordinates: ZarrCoordinates, levelCount: Int, name: String, members: String) -> String {
        let levels = (0..<levelCount).map { level in
            "{\"path\": \"\(level)\", \"coordinateTransformations\": \(coordinates.transformations(ofLevel: level))}"
        }
        return """
            \(signature), "version": "\(Coppice.version)"},
             \(members),\(coordinates.geoMember)
             "multiscales": [{"version": "0.4", "name": "\(name)", "axes": \(coordinates.axes),
              "datasets": [\(levels.joined(separator: ", "))]}]}

            """
    }

    private static func metadata(of level: TileGrid, _ dimensions: ZarrDimensions, _ kind: PixelKind) -> String {
        let counts = dimensions.counts.map { "\($0), " }.joined()
        let chunk = dimensions.counts.map { _ in "1, " }.joined()
        return """
            {"zarr_format": 2, "shape": [\(counts)\(level.imageHeight), \(level.imageWidth)], "chunks": [\(chunk)\(chunkSide), \(chunkSide)], \
            "dtype": "\(kind == .grey8 ? "|u1" : "<u\(kind.byteCount)")", "order": "C", "fill_value": 0, "filters": null, \
            "compressor": {"id": "zlib", "level": \(packingLevel)}, "dimension_separator": "/"}

            """
    }
}

/// The dimensions of a written image that count planes, before rows and columns: those of time, channels and depth that there are.
struct ZarrDimensions {
    /// The letter of each.
    let letters: String
    /// The extent of each.
    let counts: [Int]
    /// `[page][channel]`: the index of each plane along them.
    let planes: [[Int]]

    init(channels: Int?, stack: StackShape?) {
        let shape = stack ?? StackShape(depth: 1, times: 1)
        let all: [(letter: Character, count: Int, isThere: Bool)] = [
            ("t", shape.times, shape.times > 1), ("c", channels ?? 1, channels != nil), ("z", shape.depth, shape.depth > 1),
        ]
        let there = all.filter(\.isThere)
        letters = String(there.map(\.letter))
        counts = there.map(\.count)
        planes = (0..<shape.pages).flatMap { page in
            (0..<(channels ?? 1)).map { channel in
                there.map { $0.letter == "t" ? shape.time(ofPage: page) : $0.letter == "c" ? channel : shape.depth(ofPage: page) }
            }
        }
    }
}
