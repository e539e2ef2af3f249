internal import Compression
internal import Foundation
package import Imaging
internal import Primitives

/// Writes one plane of an image, of any samples, as an OME-Zarr 0.4 image with overviews, from its rows in their order: a lossless copy that
/// can be read at any place.
///
/// Zarr v2, axes c, y and x, chunks of 512 × 512 pixels packed by zstd. Overviews are those of `PixelBuffer.halved`, down to 256 pixels a
/// side. Pixels without data are kept in one of two ways:
/// - of a masked source, in arrays of their own: the group `mask` has a level for each of the image's, 1 where a pixel has data. The attribute
///   `coppice` says so, and only our reader looks at it;
/// - of floats, by NaN.
///
/// The attribute also says that no chunk is missing: one that was removed since is an error, and not black.
///
/// Holds 512 rows of each level: about twice those of the image. Not safe to share between threads.
package final class ZarrImageWriter {
    /// What is written into the attributes for our own reader.
    static let member = "coppice"
    /// Rows that are best appended at once.
    package static let rowCount = chunkSide
    private static let chunkSide = 512
    private static let coarsestSide = 256

    private let info: ImageInfo
    private let isMasked: Bool
    private let folder: String
    private let files: ChunkFolder
    private var levels: [Level]
    private var rowCount = 0
    /// Bytes of the chunks so far.
    package private(set) var byteCount = 0

    private struct Level {
        let width: Int
        let height: Int
        /// `[group of channels]`.
        let chunks: [ChunkFolder]
        let mask: ChunkFolder?
        /// Rows that are complete and not yet written, fewer than a row of chunks.
        var held: [PixelBuffer] = []
        var heldRows = 0
        var nextChunkRow = 0
    }

    /// Writes the metadata.
    ///
    /// - Parameters:
    ///   - folder: an empty folder.
    ///   - isMasked: whether rows come with masks that their values do not tell.
    ///   - metadata: where the pixels lie.
    /// - Throws: `ImageError.io`.
    package init(folder: String, info: ImageInfo, isMasked: Bool, metadata: ImageMetadata = .none) throws(ImageError) {
        (self.folder, self.info, self.isMasked) = (folder, info, isMasked)
        files = ChunkFolder(folder)
        levels = []
        let groupCount = (info.channels - 1) / Self.channelsPerChunk(info) + 1
        if isMasked { try files.makeFolder("mask") }
        let maskFiles = ChunkFolder("\(folder)/mask")
        var (width, height) = (info.width, info.height)
        while true {
            let number = levels.count
            let chunks = (0..<groupCount).map { ChunkFolder(folder, plane: [$0]) }
            levels.append(Level(width: width, height: height, chunks: chunks, mask: isMasked ? maskFiles : nil))
            for chunks in chunks { try chunks.makeFolders(ofLevel: number) }
            try files.write(Array(Self.metadata(info, width: width, height: height).utf8), to: "\(number)/.zarray")
            if isMasked {
                try maskFiles.makeFolders(ofLevel: number)
                try maskFiles.write(Array(Self.maskMetadata(width: width, height: height).utf8), to: "\(number)/.zarray")
            }
            if max(width, height) <= Self.coarsestSide { break }
            (width, height) = ((width + 1) / 2, (height + 1) / 2)
        }
        let group = Array("{\"zarr_format\": 2}\n".utf8)
        try files.write(group, to: ".zgroup")
        if isMasked { try maskFiles.write(group, to: ".zgroup") }
        let coordinates = ZarrCoordinates(axes: "cyx", metadata, .mean)
        try files.write(Array(Self.attributes(coordinates, levelCount: levels.count, isMasked: isMasked).utf8), to: ".zattrs")
    }

    /// Takes the next rows, of any number, with their masks, as a reader gives them.
    ///
    /// - Precondition: there are no more rows than the image has; they are as wide and of the same kind.
    /// - Throws: `ImageError.io`.
    package func append(_ rows: PixelBuffer) throws(ImageError) {
        precondition(
            rows.width == info.width && rows.channels == info.channels && rows.sampleType == info.sampleType
                && (isMasked || rows.validity == nil) && rowCount + rows.height <= info.height,
            "\(rows.info) after \(rowCount) rows of \(info)")
        rowCount += rows.height
        try append(rows, to: 0)
    }

    /// - Precondition: all rows have come.
    package func finish() { precondition(rowCount == info.height, "\(rowCount) of \(info.height) rows") }

    private func append(_ rows: PixelBuffer, to number: Int) throws(ImageError) {
        var next = 0
        while next < rows.height {
            let level = levels[number]
            let wanted = min(Self.chunkSide, level.height - level.nextChunkRow * Self.chunkSide) - level.heldRows
            let count = min(wanted, rows.height - next)
            let isAll = next == 0 && count == rows.height
            levels[number].held.append(
                isAll ? rows : rows.cropped(to: PixelRect(x: 0, y: next, width: rows.width, height: count)))
            levels[number].heldRows += count
            next += count
            if count == wanted { try flush(number) }
        }
    }

    /// Writes a row of chunks, and hands its overview to the next level.
    private func flush(_ number: Int) throws(ImageError) {
        let level = levels[number]
        levels[number].held = []
        levels[number].heldRows = 0
        levels[number].nextChunkRow += 1
        var band = PixelBuffer.stacked(level.held)
        try write(band, level, number)
        guard number + 1 < levels.count else { return }
        band.maskNotNumbers()
        var overview = band.halved()
        if !isMasked { overview = overview.withNaN() }
        try append(overview, to: number + 1)
    }

    private func write(_ band: PixelBuffer, _ level: Level, _ number: Int) throws(ImageError) {
        let (side, size) = (Self.chunkSide, info.sampleType.byteCount)
        let perChunk = Self.channelsPerChunk(info)
        for column in 0...(level.width - 1) / side {
            let place = PyramidPlace(level: number, row: level.nextChunkRow, column: column)
            let (left, width) = (column * side, min(side, level.width - column * side))
            for (group, files) in level.chunks.enumerated() {
                var chunk = [UInt8](repeating: 0, count: perChunk * side * side * size)
                chunk.withUnsafeMutableBytes { chunk in
                    band.bytes.withUnsafeBytes { bytes in
                        for channel in group * perChunk..<min(info.channels, (group + 1) * perChunk) {
                            for row in 0..<band.height {
                                Self.copy(
                                    bytes, from: (row * level.width + left) * info.channels + channel, by: info.channels,
                                    into: chunk, at: ((channel - group * perChunk) * side + row) * side, width, size)
                            }
                        }
                    }
                }
                try put(chunk, at: place, files)
            }
            guard let mask = level.mask else { continue }
            var chunk = [UInt8](repeating: 0, count: side * side)
            for row in 0..<band.height {
                let start = row * level.width + left
                if let validity = band.validity {
                    chunk.replaceSubrange(row * side..<row * side + width, with: validity[start..<start + width])
                } else {
                    chunk.replaceSubrange(row * side..<row * side + width, with: repeatElement(1, count: width))
                }
            }
            try put(chunk, at: place, mask)
        }
    }

    /// Copies samples of one channel.
    private static func copy(
        _ source: UnsafeRawBufferPointer, from first: Int, by step: Int, into target: UnsafeMutableRawBufferPointer,
        at start: Int,
        _ count: Int, _ size: Int
    ) {
        func copy<Bits: BitwiseCopyable>(_ type: Bits.Type) {
            for index in 0..<count {
                let value = source.loadUnaligned(fromByteOffset: (first &+ index &* step) &* size, as: type)
                target.storeBytes(of: value, toByteOffset: (start &+ index) &* size, as: type)
            }
        }
        switch size {
        case 1: copy(UInt8.self)
        case 2: copy(UInt16.self)
        default: copy(UInt32.self)
        }
    }

    private func put(_ chunk: [UInt8], at place: PyramidPlace, _ files: ChunkFolder) throws(ImageError) {
        let packed: [UInt8]
        do {
            packed = try chunk.withUnsafeBufferPointer { (buffer) throws(CodecError) in
                try Zstd.compress(UnsafeRawBufferPointer(buffer))
            }
        } catch {
            throw .io(path: folder, reason: error.description)
        }
        byteCount += packed.count
        try files.put(packed, at: place)
    }

    // MARK: Metadata

    /// All channels of a pixel of up to 8 bytes lie in one chunk, so that a picture needs few files; otherwise each has its own.
    private static func channelsPerChunk(_ info: ImageInfo) -> Int {
        info.channels * info.sampleType.byteCount <= 8 ? info.channels : 1
    }

    private static func metadata(_ info: ImageInfo, width: Int, height: Int) -> String {
        let kind = info.sampleType.isFloat ? "f" : info.sampleType.rawValue.hasPrefix("u") ? "u" : "i"
        let size = info.sampleType.byteCount
        return array(
            shape: "\(info.channels), \(height), \(width)", chunks: "\(channelsPerChunk(info)), \(chunkSide), \(chunkSide)",
            type: "\(size == 1 ? "|" : "<")\(kind)\(size)")
    }

    private static func maskMetadata(width: Int, height: Int) -> String {
        array(shape: "\(height), \(width)", chunks: "\(chunkSide), \(chunkSide)", type: "|u1")
    }

    private static func array(shape: String, chunks: String, type: String) -> String {
        """
        {"zarr_format": 2, "shape": [\(shape)], "chunks": [\(chunks)], "dtype": "\(type)", "order": "C", "fill_value": 0, \
        "filters": null, "compressor": {"id": "zstd", "level": 1}, "dimension_separator": "/"}

        """
    }

    private static func attributes(_ coordinates: ZarrCoordinates, levelCount: Int, isMasked: Bool) -> String {
        let levels = (0..<levelCount).map { level in
            "{\"path\": \"\(level)\", \"coordinateTransformations\": \(coordinates.transformations(ofLevel: level))}"
        }
        let mask = isMasked ? "\"mask\": \"mask\", " : ""
        return """
            {"\(member)": {\(mask)"isComplete": true, "version": "\(Coppice.version)"},\(coordinates.geoMember)
             "multiscales": [{"version": "0.4", "name": "copy", "axes": \(coordinates.axes),
              "datasets": [\(levels.joined(separator: ", "))]}]}

            """
    }
}

extension PixelBuffer {
    /// Buffers of the same width and kind, one below the other.
    fileprivate static func stacked(_ parts: [PixelBuffer]) -> PixelBuffer {
        if parts.count == 1 { return parts[0] }
        let height = parts.reduce(0) { $0 + $1.height }
        let first = parts[0]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(height * first.info.rowByteCount)
        for part in parts { bytes += part.bytes }
        let isMasked = parts.contains { $0.validity != nil }
        let mask = isMasked ? parts.flatMap { $0.validity ?? [UInt8](repeating: 1, count: $0.width * $0.height) } : nil
        return PixelBuffer(
            width: first.width, height: height, channels: first.channels, sampleType: first.sampleType, bytes: bytes,
            validity: mask)
    }

    /// The same pixels without a mask: those without data hold NaN.
    fileprivate func withNaN() -> PixelBuffer {
        guard let validity, sampleType.isFloat else { return self }
        var bytes = bytes
        bytes.withUnsafeMutableBytes { bytes in
            for pixel in validity.indices where validity[pixel] == 0 {
                for index in pixel * channels..<(pixel + 1) * channels {
                    bytes.storeBytes(of: Float.nan.bitPattern.littleEndian, toByteOffset: 4 * index, as: UInt32.self)
                }
            }
        }
        return PixelBuffer(width: width, height: height, channels: channels, sampleType: sampleType, bytes: bytes)
    }
}
