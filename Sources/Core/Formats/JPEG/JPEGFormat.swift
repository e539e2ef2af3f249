internal import CJPEG
internal import Imaging

extension ImageFormat {
    /// JPEG, recognised by its start-of-image marker and the marker after it. It loses exactness, hence holds no labels.
    static let jpeg = ImageFormat(
        name: "JPEG", endings: ["jpg", "jpeg"],
        signature: .head { $0.starts(with: [0xFF, 0xD8, 0xFF]) },
        open: { (bytes, _, limits) throws(ImageError) in .rows(try JPEGRowReader(file: try bytes.file(), limits: limits)) },
        openLabels: nil,
        metadata: { (bytes, _, _) throws(ImageError) in JPEGMetadata.read(try bytes.file()) })
}

/// The rows of a baseline or progressive JPEG image, grey or colour (YCbCr and RGB become RGB).
///
/// A file that is cut off or damaged is an error, where libjpeg would only warn and invent the missing pixels. Colour
/// profiles and the Exif orientation are ignored: pixels keep the order in which they are stored.
final class JPEGRowReader: RowReader {
    let info: ImageInfo
    private let file: InputFile
    private let session: UnsafeMutablePointer<cjpeg_session>
    private var nextRow = 0

    /// Reads the header.
    ///
    /// - Precondition: no byte of `file.stream` has been read yet.
    /// - Throws: `ImageError` for a broken header, for CMYK, and for a size beyond `limits`.
    init(file: InputFile, limits: ImageLimits) throws(ImageError) {
        guard let session = cjpeg_open(file.stream, Int32(clamping: limits.scanCountMax)) else {
            throw .io(path: file.path, reason: "not enough memory to open the image")
        }
        do throws(ImageError) {
            var header = cjpeg_header()
            try Self.check(cjpeg_read_header(session, limits.heldBytesMax, &header), session, path: file.path)
            info = try Self.info(of: header, limits: limits, path: file.path)
        } catch {
            cjpeg_close(session)
            throw error
        }
        self.file = file
        self.session = session
    }

    deinit { cjpeg_close(session) }

    func read(_ count: Int, into rows: UnsafeMutableRawBufferPointer) throws(ImageError) {
        let rowByteCount = info.rowByteCount
        precondition(count >= 0 && nextRow + count <= info.height, "rows \(nextRow) + \(count) of \(info.height)")
        precondition(rows.count == count * rowByteCount, "\(count) rows of \(rowByteCount) bytes: found \(rows.count)")
        guard count > 0, let base = rows.baseAddress else { return }
        if nextRow == 0 { try check(cjpeg_begin_rows(session, Int32(info.channels))) }
        try check(cjpeg_read_rows(session, base.assumingMemoryBound(to: UInt8.self), rowByteCount, count))
        nextRow += count
        if nextRow == info.height { try check(cjpeg_read_end(session)) }
    }

    private static func info(
        of header: cjpeg_header, limits: ImageLimits, path: String
    ) throws(ImageError) -> ImageInfo {
        let channels: Int
        switch J_COLOR_SPACE(UInt32(header.colour_space)) {
        case JCS_GRAYSCALE: channels = 1
        case JCS_RGB, JCS_YCbCr: channels = 3
        case JCS_CMYK, JCS_YCCK: throw .unsupported(path: path, reason: "expected a grey or RGB JPEG, found CMYK")
        default:
            throw .unsupported(
                path: path, reason: "expected a grey or RGB JPEG, found \(header.components) components of no known colour")
        }
        let info = ImageInfo(
            width: Int(header.width), height: Int(header.height), channels: channels, sampleType: .uint8)
        try limits.check(width: info.width, height: info.height, path: path)
        try limits.check(heldRows: 1, of: info.rowByteCount, because: "one row of the image", path: path)
        if header.has_multiple_scans != 0 {
            try limits.check(
                heldRows: 1, of: Int(clamping: header.coefficient_bytes),
                because: "a progressive JPEG must be decoded whole", path: path)
        }
        return info
    }

    private func check(_ status: Int32) throws(ImageError) {
        try Self.check(status, session, path: file.path)
    }

    private static func check(
        _ status: Int32, _ session: UnsafeMutablePointer<cjpeg_session>, path: String
    ) throws(ImageError) {
        let reason = String(cString: cjpeg_message(session))
        switch Int(status) {
        case Int(CJPEG_OK): return
        case Int(CJPEG_CORRUPT): throw .corrupt(path: path, reason: reason)
        case Int(CJPEG_UNSUPPORTED): throw .unsupported(path: path, reason: reason)
        default: throw .io(path: path, reason: reason)
        }
    }
}
