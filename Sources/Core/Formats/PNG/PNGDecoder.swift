internal import CPNG
internal import Imaging
internal import Primitives

/// One PNG file being decoded, for images and label maps alike; what differs between the two is the `Interpretation`.
///
/// Rows are streamed, except that an interlaced image is decoded whole at the first read. Not safe to share between threads.
final class PNGDecoder {
    /// What the decoded rows hold.
    enum Interpretation {
        /// Colour: palettes looked up, greys of fewer than 8 bits expanded to 8, alpha dropped; gamma is ignored.
        case pixels
        /// The same, with alpha as the last channel of an image that has it.
        case pixelsWithAlpha
        /// Grey levels, palette indices, colours and alpha as they are stored, in one byte each, or in two for 16 bits.
        case storedValues
    }

    let header: PNGHeader
    /// Bytes of one decoded row; 16-bit values are little-endian.
    let rowByteCount: Int
    private let file: InputFile
    private let session: UnsafeMutablePointer<cpng_session>
    private let interpretation: Interpretation
    private var nextRow = 0
    /// All rows of an interlaced image, once it is decoded.
    private var wholeImage: [UInt8] = []

    /// Reads the header.
    ///
    /// - Precondition: no byte of `file.stream` has been read yet.
    /// - Throws: `ImageError` for a broken header or a size beyond `limits`.
    init(file: InputFile, interpretation: Interpretation, limits: ImageLimits) throws(ImageError) {
        guard let session = cpng_open(file.stream, 0) else {
            throw .io(path: file.path, reason: "not enough memory to open the image")
        }
        do throws(ImageError) {
            var raw = cpng_header()
            try Self.check(
                cpng_read_header(session, limits.chunkBytesMax, UInt32(clamping: limits.chunkCountMax), &raw),
                session, path: file.path)
            let header = PNGHeader(raw)
            let channels =
                switch interpretation {
                case .pixels: header.colourType.channels
                case .pixelsWithAlpha: header.colourType.channels + (header.hasAlpha ? 1 : 0)
                case .storedValues: header.colourType.samplesPerPixel
                }
            let rowByteCount = header.width * channels * (header.bitDepth == 16 ? 2 : 1)
            try limits.check(width: header.width, height: header.height, path: file.path)
            try limits.check(heldRows: 1, of: rowByteCount, because: "one row of the image", path: file.path)
            if header.isInterlaced {
                try limits.check(
                    heldRows: header.height, of: rowByteCount,
                    because: "an interlaced PNG must be decoded whole", path: file.path)
            }
            self.header = header
            self.rowByteCount = rowByteCount
        } catch {
            cpng_close(session)
            throw error
        }
        self.file = file
        self.session = session
        self.interpretation = interpretation
    }

    deinit { cpng_close(session) }

    /// Stored values that the file calls transparent: a grey level, a colour, or indices of its palette.
    var transparent: Set<LabelValue> {
        var found = cpng_transparency()
        cpng_read_transparency(session, &found)
        switch header.colourType {
        case .grey where found.has_colour != 0: return [LabelValue(number: found.grey)]
        case .rgb where found.has_colour != 0:
            return [LabelValue(red: found.red, green: found.green, blue: found.blue)]
        case .palette:
            let opacities = withUnsafeBytes(of: found.opacities) { Array($0.prefix(Int(found.opacity_count))) }
            return Set(opacities.indices.filter { opacities[$0] == 0 }.map { LabelValue(number: UInt16($0)) })
        default: return []
        }
    }

    /// Decodes the next `count` rows, `count * rowByteCount` bytes.
    ///
    /// - Precondition: no more rows are asked for than the image still has.
    /// - Throws: `ImageError` when the data is cut off or corrupt; every later call throws it again.
    func read(_ count: Int, into rows: UnsafeMutableRawBufferPointer) throws(ImageError) {
        precondition(count >= 0 && nextRow + count <= header.height, "rows \(nextRow) + \(count) of \(header.height)")
        precondition(rows.count == count * rowByteCount, "\(count) rows of \(rowByteCount) bytes: found \(rows.count)")
        guard count > 0, let base = rows.baseAddress else { return }
        if nextRow == 0 { try begin() }
        if header.isInterlaced {
            rows.copyBytes(from: wholeImage[nextRow * rowByteCount..<(nextRow + count) * rowByteCount])
        } else {
            try check(cpng_read_rows(session, base.assumingMemoryBound(to: UInt8.self), rowByteCount, count))
        }
        nextRow += count
        if nextRow == header.height {
            wholeImage = []
            if !header.isInterlaced { try check(cpng_read_end(session)) }
        }
    }

    private func begin() throws(ImageError) {
        let form =
            switch interpretation {
            case .pixels: CPNG_COLOUR
            case .pixelsWithAlpha: CPNG_COLOUR_AND_ALPHA
            case .storedValues: CPNG_STORED
            }
        try check(cpng_begin_rows(session, Int32(form), rowByteCount))
        guard header.isInterlaced else { return }
        wholeImage = try [UInt8](filled: header.height * rowByteCount) { (rows) throws(ImageError) in
            try check(cpng_read_rows(session, rows.baseAddress, rowByteCount, header.height))
        }
        try check(cpng_read_end(session))
    }

    private func check(_ status: Int32) throws(ImageError) {
        try Self.check(status, session, path: file.path)
    }

    private static func check(
        _ status: Int32, _ session: UnsafeMutablePointer<cpng_session>, path: String
    ) throws(ImageError) {
        switch Int(status) {
        case Int(CPNG_OK): return
        case Int(CPNG_CORRUPT):
            let reason = String(cString: cpng_message(session))
            // The chunk that Apple's tools put before all others, of pixels in another order and without checksums.
            if reason.hasPrefix("CgBI") {
                throw .unsupported(path: path, reason: "expected a PNG, found Apple's variant of it (CgBI)")
            }
            throw .corrupt(path: path, reason: reason)
        default: throw .io(path: path, reason: String(cString: cpng_message(session)))
        }
    }
}

/// What the IHDR and PLTE chunks of a PNG say.
struct PNGHeader: Equatable {
    /// How a pixel is stored.
    enum ColourType: Equatable {
        case grey
        case greyAlpha
        case rgb
        case rgbAlpha
        case palette

        /// Colour channels after a palette is looked up and alpha dropped.
        var channels: Int { self == .grey || self == .greyAlpha ? 1 : 3 }

        /// Values that are stored of a pixel.
        var samplesPerPixel: Int {
            switch self {
            case .grey, .palette: 1
            case .greyAlpha: 2
            case .rgb: 3
            case .rgbAlpha: 4
            }
        }
    }

    let width: Int
    let height: Int
    /// Bits per stored value: 1, 2, 4, 8 or 16.
    let bitDepth: Int
    let colourType: ColourType
    let isInterlaced: Bool
    /// Whether pixels may be transparent: by alpha, or by a transparent colour.
    let hasAlpha: Bool
    /// The palette's colours; empty for other colour types.
    let palette: [RGBColour]

    /// - Precondition: `header` was filled by libpng, which refuses other colour types.
    init(_ header: cpng_header) {
        width = Int(header.width)
        height = Int(header.height)
        bitDepth = Int(header.bit_depth)
        isInterlaced = header.is_interlaced != 0
        colourType =
            switch header.colour_type {
            case PNG_COLOR_TYPE_GRAY: .grey
            case PNG_COLOR_TYPE_GRAY | PNG_COLOR_MASK_ALPHA: .greyAlpha
            case PNG_COLOR_TYPE_RGB: .rgb
            case PNG_COLOR_TYPE_RGB | PNG_COLOR_MASK_ALPHA: .rgbAlpha
            case PNG_COLOR_MASK_COLOR | PNG_COLOR_MASK_PALETTE: .palette
            default: preconditionFailure("PNG colour type \(header.colour_type)")
            }
        hasAlpha = header.has_transparency != 0 || colourType == .greyAlpha || colourType == .rgbAlpha
        palette = withUnsafeBytes(of: header.palette) { bytes in
            (0..<Int(header.palette_count)).map {
                RGBColour(red: bytes[3 * $0], green: bytes[3 * $0 + 1], blue: bytes[3 * $0 + 2])
            }
        }
    }
}
