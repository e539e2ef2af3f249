internal import CTIFF
internal import Foundation
package import Imaging
internal import Primitives

/// Writes a tiled, deflated BigTIFF with overviews, from regions in any order. The same pixels give the same bytes, however they come: the
/// file holds no time.
///
/// Each overview has half the width and height of the one before, down to one tile; they are directories of their own, marked as
/// reduced, as GDAL, libvips and OpenSlide write and read them. Of several planes, each is followed by its overviews in directories below
/// its own, as OME-TIFF wants it. Memory is some tiles; packed tiles wait for their turn in a nameless
/// file beside the output, as large as the output itself. Not safe to share between threads.
package final class TIFFPyramidWriter: RegionWriter {
    package let width: Int
    package let height: Int
    package let kind: PixelKind
    private let path: String
    private let session: UnsafeMutablePointer<ctiff_session>
    /// One for each plane.
    private let spools: [ChunkSpool]
    private let pyramids: [PyramidBuilder]
    private let caption: ImageCaption
    private var isFinished = false

    /// Side of the tiles, in pixels.
    package static let tileSide = 512
    private static let packingLevel = 6

    /// Creates the file and writes its header.
    ///
    /// - Parameters:
    ///   - rule: how overviews are made.
    ///   - caption: what is written besides the pixels.
    /// - Precondition: width and height are 1…2³¹−1; a palette has 1…256 colours.
    /// - Throws: `ImageError.io` with the system's reason.
    package init(
        path: String, width: Int, height: Int, kind: PixelKind, overviews rule: OverviewRule,
        caption: ImageCaption = ImageCaption()
    ) throws(ImageError) {
        precondition((1...0x7FFF_FFFF).contains(width) && (1...0x7FFF_FFFF).contains(height), "image \(width)×\(height)")
        let levels = PyramidBuilder.levels(width: width, height: height, side: Self.tileSide)
        let file = try SpoolFile(beside: path)
        let spools = (0..<(caption.stack?.pages ?? 1)).map { _ in ChunkSpool(file, levels: levels) }
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .io(path: path, reason: FileSystem.reason) }
        guard let session = ctiff_open(descriptor, path, "w8", 256 << 20) else {
            throw .io(path: path, reason: "not enough memory to write the image")
        }
        self.path = path
        (self.width, self.height, self.kind, self.caption) = (width, height, kind, caption)
        self.session = session
        self.spools = spools
        pyramids = spools.map { spool in
            PyramidBuilder(
                width: width, height: height, side: Self.tileSide, kind: kind, overviews: rule, packingLevel: Self.packingLevel,
                path: path, store: spool)
        }
        guard session.pointee.tiff != nil else { throw failure() }
    }

    deinit { ctiff_close(session) }

    package func write(_ region: PixelRect, from pixels: UnsafeRawBufferPointer) throws(ImageError) {
        try write(region, plane: 0, from: pixels)
    }

    package func write(_ region: PixelRect, plane: Int, from pixels: UnsafeRawBufferPointer) throws(ImageError) {
        try pyramids[plane].add(region, pixels)
    }

    /// Puts the tiles into the file in their order, completes it and hands it to the disk.
    package func finish() throws(ImageError) {
        precondition(pyramids.allSatisfy(\.isComplete) && !isFinished, "an image was finished before its last region")
        isFinished = true
        for plane in pyramids.indices { try finish(plane: plane) }
        try check(ctiff_flush(session) == 1)
        guard fsync(TIFFFileno(session.pointee.tiff)) == 0 || [EINVAL, ENOTSUP].contains(errno) else {
            throw .io(path: path, reason: FileSystem.reason)
        }
    }

    /// Writes the directories of a plane.
    private func finish(plane: Int) throws(ImageError) {
        let levels = pyramids[plane].levels
        for (number, level) in levels.enumerated() {
            try begin(level, isReduced: number > 0)
            // A pixel of an overview covers whole ones of the image, from the same corner on.
            let side = Double(1 << number)
            try check(caption.metadata.scaled(x: side, y: side).set(in: session))
            if plane == 0, number == 0, let text = caption.description(width: width, height: height, kind) {
                try check(ctiff_set_text(session, UInt32(TIFFTAG_IMAGEDESCRIPTION), text) == 1)
            }
            if number == 0, caption.stack != nil, levels.count > 1 {
                try check(ctiff_set_below(session, UInt16(levels.count - 1)) == 1)
            }
            for index in 0..<level.count {
                var tile = try spools[plane].packed(
                    at: PyramidPlace(level: number, row: index / level.columns, column: index % level.columns))
                let count = tile.withUnsafeMutableBytes {
                    ctiff_write_packed_tile(session, UInt32(index), $0.baseAddress, Int64($0.count))
                }
                try check(count == tile.count)
            }
            try check(ctiff_write_directory(session) == 1)
        }
    }

    /// Sets the fields of the next directory.
    private func begin(_ level: TileGrid, isReduced: Bool) throws(ImageError) {
        let (bits, channels, photometric) = fields
        let side = UInt32(Self.tileSide)
        var isSet = ctiff_set_u32(session, UInt32(TIFFTAG_SUBFILETYPE), isReduced ? UInt32(FILETYPE_REDUCEDIMAGE) : 0) == 1
        for (tag, value) in [
            (TIFFTAG_IMAGEWIDTH, UInt32(level.imageWidth)), (TIFFTAG_IMAGELENGTH, UInt32(level.imageHeight)),
            (TIFFTAG_TILEWIDTH, side),
            (TIFFTAG_TILELENGTH, side),
        ] {
            isSet = ctiff_set_u32(session, UInt32(tag), value) == 1 && isSet
        }
        for (tag, value) in [
            (TIFFTAG_BITSPERSAMPLE, bits), (TIFFTAG_SAMPLESPERPIXEL, channels),
            (TIFFTAG_SAMPLEFORMAT, UInt16(SAMPLEFORMAT_UINT)), (TIFFTAG_PLANARCONFIG, UInt16(PLANARCONFIG_CONTIG)),
            (TIFFTAG_PHOTOMETRIC, photometric), (TIFFTAG_COMPRESSION, UInt16(COMPRESSION_ADOBE_DEFLATE)),
        ] {
            isSet = ctiff_set_u16(session, UInt32(tag), value) == 1 && isSet
        }
        isSet = ctiff_set_text(session, UInt32(TIFFTAG_SOFTWARE), "coppice") == 1 && isSet
        if case .palette8(let palette) = kind {
            let columns = [\RGBColour.red, \.green, \.blue].map { channel in
                (0..<256).map { $0 < palette.count ? UInt16(palette[$0][keyPath: channel]) * 257 : 0 }
            }
            isSet = ctiff_set_colour_map(session, columns[0], columns[1], columns[2]) == 1 && isSet
        }
        try check(isSet)
    }

    /// Bits of a value, values of a pixel, and what they mean.
    private var fields: (bits: UInt16, channels: UInt16, photometric: UInt16) {
        switch kind {
        case .grey8: (8, 1, UInt16(PHOTOMETRIC_MINISBLACK))
        case .grey16: (16, 1, UInt16(PHOTOMETRIC_MINISBLACK))
        case .grey32: (32, 1, UInt16(PHOTOMETRIC_MINISBLACK))
        case .rgb8: (8, 3, UInt16(PHOTOMETRIC_RGB))
        case .rgb16: (16, 3, UInt16(PHOTOMETRIC_RGB))
        case .palette8: (8, 1, UInt16(PHOTOMETRIC_PALETTE))
        }
    }

    private func check(_ isDone: Bool) throws(ImageError) {
        if !isDone { throw failure() }
    }

    private func failure() -> ImageError {
        let said = String(cString: ctiff_message(session)).filter { $0.isASCII && !$0.isNewline }
        let system = errno == 0 ? "it cannot be written" : FileSystem.reason
        return .io(path: path, reason: said.isEmpty || said.contains("rite error") ? system : said)
    }
}

/// A file without a name in which packed chunks of pyramids wait, in the order in which they come.
final class SpoolFile {
    private let path: String
    private let file: ScratchFile
    private var byteCount = 0

    /// - Parameter path: the output, beside which the file is made.
    /// - Throws: `ImageError.io` when the file cannot be made.
    init(beside path: String) throws(ImageError) {
        self.path = path
        do {
            file = try ScratchFile(prefix: "\(path).chunks-")
        } catch {
            throw .io(path: path, reason: error.reason)
        }
    }

    /// Appends bytes, and returns where they are.
    func append(_ bytes: [UInt8]) throws(ImageError) -> Int {
        do {
            try bytes.withUnsafeBufferPointer { (bytes) throws(FileError) in
                try file.write(UnsafeRawBufferPointer(bytes), at: byteCount)
            }
        } catch {
            throw .io(path: path, reason: error.reason)
        }
        defer { byteCount += bytes.count }
        return byteCount
    }

    func bytes(_ count: Int, at offset: Int) throws(ImageError) -> [UInt8] {
        do {
            return try [UInt8](filled: count) { (bytes) throws(FileError) in
                try file.read(UnsafeMutableRawBufferPointer(bytes), at: offset)
            }
        } catch {
            throw .io(path: path, reason: error.reason)
        }
    }
}

/// The packed chunks of one pyramid in a file that it may share with others.
final class ChunkSpool: PyramidStore {
    private let file: SpoolFile
    /// `[level][chunk]`: where each lies; no bytes for one that has not come.
    private var places: [[(offset: Int, byteCount: Int)]]
    private let columns: [Int]

    init(_ file: SpoolFile, levels: [TileGrid]) {
        self.file = file
        places = levels.map { Array(repeating: (0, 0), count: $0.count) }
        columns = levels.map(\.columns)
    }

    func put(_ packed: [UInt8], at place: PyramidPlace) throws(ImageError) {
        let offset = try file.append(packed)
        places[place.level][place.row * columns[place.level] + place.column] = (offset, packed.count)
    }

    func packed(at place: PyramidPlace) throws(ImageError) -> [UInt8] {
        let (offset, byteCount) = places[place.level][place.row * columns[place.level] + place.column]
        precondition(byteCount > 0, "\(place) has not come")
        return try file.bytes(byteCount, at: offset)
    }
}
