internal import Foundation

/// Writes a label map as an OME-Zarr 0.4 label image, from the top to the bottom: Zarr v2, one level, chunks of 512 × 512 labels packed
/// by zlib, with the colours of the classes.
///
/// The same labels give the same bytes, however many rows come at a time. Holds one row of chunks. Not safe to share between threads.
public final class ZarrLabelWriter {
    private let folder: String
    private let width: Int
    private let height: Int
    /// Bytes of a label.
    private let size: Int
    /// Labels of the chunks that are not complete, `[row][column]`, little-endian.
    private var rows: [UInt8] = []
    private var nextChunkRow = 0

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
        (self.width, self.height) = (width, height)
        size = colours.contains { $0.label > 255 } ? 2 : 1
        try makeFolder("0")
        try write(Array("{\"zarr_format\": 2}\n".utf8), to: ".zgroup")
        try write(Array(Self.attributes(colours).utf8), to: ".zattrs")
        try write(Array(metadata.utf8), to: "0/.zarray")
    }

    /// Appends rows.
    ///
    /// - Parameter labels: `[row][column]`, whole rows; no label above those that colours were given for.
    /// - Throws: `ImageError.io`.
    public func write(_ labels: [UInt16]) throws(ImageError) {
        precondition(labels.count.isMultiple(of: width), "\(labels.count) labels in rows of \(width)")
        for start in stride(from: 0, to: labels.count, by: width) {
            for label in labels[start..<start + width] {
                rows.append(UInt8(truncatingIfNeeded: label))
                if size == 2 { rows.append(UInt8(label >> 8)) }
            }
            if rows.count == Self.chunkSide * width * size { try writeChunks() }
        }
    }

    /// Completes the map.
    ///
    /// - Precondition: all rows were given.
    /// - Throws: `ImageError.io`.
    public func finish() throws(ImageError) {
        if !rows.isEmpty { try writeChunks() }
        precondition(nextChunkRow == (height - 1) / Self.chunkSide + 1, "\(nextChunkRow) rows of chunks for \(height) rows")
    }

    /// Whether the folder holds a label image that this type has written.
    public static func hasWritten(_ folder: String) -> Bool {
        guard let file = try? InputFile(path: "\(folder)/.zattrs", followsLinks: false) else { return false }
        return (try? file.bytes(signature.utf8.count)) == Array(signature.utf8)
    }

    // MARK: Chunks

    /// Writes the rows that are held as one row of chunks; those beyond the map's edges are 0.
    private func writeChunks() throws(ImageError) {
        let side = Self.chunkSide
        let rowCount = rows.count / (width * size)
        try makeFolder("0/\(nextChunkRow)")
        for column in 0...(width - 1) / side {
            var chunk = [UInt8](repeating: 0, count: side * side * size)
            let taken = min(side, width - column * side) * size
            for row in 0..<rowCount {
                let source = (row * width + column * side) * size
                chunk.replaceSubrange(row * side * size..<row * side * size + taken, with: rows[source..<source + taken])
            }
            let name = "0/\(nextChunkRow)/\(column)"
            try write(try packed(chunk, name), to: name)
        }
        rows.removeAll(keepingCapacity: true)
        nextChunkRow += 1
    }

    private func packed(_ chunk: [UInt8], _ name: String) throws(ImageError) -> [UInt8] {
        do {
            return try Zlib.compress(chunk, level: Self.packingLevel)
        } catch {
            throw .io(path: "\(folder)/\(name)", reason: error.description)
        }
    }

    // MARK: Files

    private func makeFolder(_ name: String) throws(ImageError) {
        let path = "\(folder)/\(name)"
        guard mkdir(path, 0o777) == 0 else { throw .io(path: path, reason: String(cString: strerror(errno))) }
    }

    /// Writes one file; that it is on disk is seen to for the whole folder.
    private func write(_ bytes: [UInt8], to name: String) throws(ImageError) {
        do {
            let file = try OutputFile(path: "\(folder)/\(name)")
            try bytes.withUnsafeBufferPointer { (buffer) throws(FileError) in try file.write(UnsafeRawBufferPointer(buffer)) }
            try file.close(isDurable: false)
        } catch {
            throw ImageError(error)
        }
    }

    // MARK: Metadata

    private static func attributes(_ colours: [(label: UInt16, colour: RGBColour)]) -> String {
        let colours = colours.map { label, colour in
            "{\"label-value\": \(label), \"rgba\": [\(colour.red), \(colour.green), \(colour.blue), 255]}"
        }
        return """
            \(signature), "version": "\(Coppice.version)"},
             "image-label": {"version": "0.4", "colors": [\(colours.joined(separator: ", "))]},
             "multiscales": [{"version": "0.4", "name": "labels", "axes": [{"name": "y", "type": "space"}, {"name": "x", "type": "space"}],
              "datasets": [{"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1.0, 1.0]}]}]}]}

            """
    }

    private var metadata: String {
        """
        {"zarr_format": 2, "shape": [\(height), \(width)], "chunks": [\(Self.chunkSide), \(Self.chunkSide)], \
        "dtype": "\(size == 1 ? "|u1" : "<u2")", "order": "C", "fill_value": 0, "filters": null, \
        "compressor": {"id": "zlib", "level": \(Self.packingLevel)}, "dimension_separator": "/"}

        """
    }
}
