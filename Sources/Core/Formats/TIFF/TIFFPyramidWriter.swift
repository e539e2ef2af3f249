internal import CTIFF
internal import Foundation

/// Writes a tiled, deflated BigTIFF with overviews row by row, from the top to the bottom. The same rows give the same bytes: the file
/// holds no time.
///
/// Each overview has half the width and height of the one before, down to one tile; they are directories of their own, marked as
/// reduced, as GDAL, libvips and OpenSlide write and read them. Memory is one row of tiles and one row of each overview; the rows of
/// overviews wait in nameless files beside the output, uncompressed, a third of the image in all. Not safe to share between threads.
public final class TIFFPyramidWriter {
    public let width: Int
    public let height: Int
    public let kind: PixelKind
    private let path: String
    private let session: UnsafeMutablePointer<ctiff_session>
    private var level: TiledLevel
    private var overviews: [OverviewSpool]
    private var isFinished = false

    /// Side of the tiles, in pixels.
    public static let tileSide = 512

    /// Bytes of one row.
    public var rowByteCount: Int { width * kind.byteCount }

    /// Creates the file and writes its header.
    ///
    /// - Parameter rule: how overviews are made.
    /// - Precondition: width and height are 1…2³¹−1; a palette has 1…256 colours.
    /// - Throws: `ImageError.io` with the system's reason.
    public init(path: String, width: Int, height: Int, kind: PixelKind, overviews rule: OverviewRule) throws(ImageError) {
        precondition((1...0x7FFF_FFFF).contains(width) && (1...0x7FFF_FFFF).contains(height), "image \(width)×\(height)")
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .io(path: path, reason: String(cString: strerror(errno))) }
        guard let session = ctiff_open(descriptor, path, "w8", 256 << 20) else {
            throw .io(path: path, reason: "not enough memory to write the image")
        }
        self.path = path
        (self.width, self.height, self.kind) = (width, height, kind)
        self.session = session
        level = TiledLevel(width: width, height: height, pixelByteCount: kind.byteCount)
        overviews = []
        guard session.pointee.tiff != nil else { throw failure() }
        var (overviewWidth, overviewHeight) = (width, height)
        while max(overviewWidth, overviewHeight) > Self.tileSide {
            (overviewWidth, overviewHeight) = ((overviewWidth + 1) / 2, (overviewHeight + 1) / 2)
            overviews.append(
                try OverviewSpool(beside: path, width: overviewWidth, height: overviewHeight, kind: kind, rule: rule))
        }
        try begin(level, isReduced: false)
    }

    deinit { ctiff_close(session) }

    /// Encodes the next `count` rows: `[row][column][channel]`, `uint16` values little-endian.
    ///
    /// - Precondition: `rows` holds `count * rowByteCount` bytes, and no more rows are written than the image has.
    /// - Throws: `ImageError.io` with the system's reason.
    public func write(_ count: Int, from rows: UnsafeRawBufferPointer) throws(ImageError) {
        precondition(count >= 0 && level.rowCount + count <= height, "rows \(level.rowCount) + \(count) of \(height)")
        precondition(rows.count == count * rowByteCount, "\(count) rows of \(rowByteCount) bytes: found \(rows.count)")
        for row in 0..<count {
            let line = UnsafeRawBufferPointer(rebasing: rows[row * rowByteCount..<(row + 1) * rowByteCount])
            try write(line, to: &level)
            try reduce(line, from: 0)
        }
    }

    /// Writes the overviews, completes the file and hands it to the disk.
    ///
    /// - Precondition: all rows are written, and `finish()` was not called before.
    /// - Throws: `ImageError.io` with the system's reason.
    public func finish() throws(ImageError) {
        precondition(level.rowCount == height && !isFinished, "\(level.rowCount) of \(height) rows written")
        isFinished = true
        try check(ctiff_write_directory(session) == 1)
        for index in overviews.indices {
            // An odd last row stands alone in the next overview.
            if let last = overviews[index].takeOddRow() {
                try overviews[index].append(last)
                try last.withUnsafeBufferPointer { (line) throws(ImageError) in
                    try reduce(UnsafeRawBufferPointer(line), from: index + 1)
                }
            }
        }
        for spool in overviews {
            var level = TiledLevel(width: spool.width, height: spool.height, pixelByteCount: kind.byteCount)
            try begin(level, isReduced: true)
            for row in 0..<spool.height {
                let line = try spool.row(row)
                try line.withUnsafeBufferPointer { (line) throws(ImageError) in
                    try write(UnsafeRawBufferPointer(line), to: &level)
                }
            }
            try check(ctiff_write_directory(session) == 1)
        }
        try check(ctiff_flush(session) == 1)
        guard fsync(TIFFFileno(session.pointee.tiff)) == 0 || [EINVAL, ENOTSUP].contains(errno) else {
            throw .io(path: path, reason: String(cString: strerror(errno)))
        }
    }

    /// Hands a row of an image or overview down to the smaller ones.
    private func reduce(_ line: UnsafeRawBufferPointer, from index: Int) throws(ImageError) {
        guard index < overviews.count, let made = overviews[index].add(line) else { return }
        try overviews[index].append(made)
        try made.withUnsafeBufferPointer { (line) throws(ImageError) in try reduce(UnsafeRawBufferPointer(line), from: index + 1)
        }
    }

    private func write(_ line: UnsafeRawBufferPointer, to level: inout TiledLevel) throws(ImageError) {
        guard let row = level.add(line) else { return }
        for column in 0..<level.columns {
            var tile = level.tile(column)
            let index = UInt32(row * level.columns + column)
            let count = tile.withUnsafeMutableBytes { ctiff_write_tile(session, index, $0.baseAddress, Int64($0.count)) }
            try check(count == tile.count)
        }
    }

    /// Sets the fields of the next directory.
    private func begin(_ level: TiledLevel, isReduced: Bool) throws(ImageError) {
        let (bits, channels, photometric) = fields
        let side = UInt32(Self.tileSide)
        var isSet = ctiff_set_u32(session, UInt32(TIFFTAG_SUBFILETYPE), isReduced ? UInt32(FILETYPE_REDUCEDIMAGE) : 0) == 1
        for (tag, value) in [
            (TIFFTAG_IMAGEWIDTH, UInt32(level.width)), (TIFFTAG_IMAGELENGTH, UInt32(level.height)), (TIFFTAG_TILEWIDTH, side),
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
        let system = errno == 0 ? "it cannot be written" : String(cString: strerror(errno))
        return .io(path: path, reason: said.isEmpty || said.contains("rite error") ? system : said)
    }
}
