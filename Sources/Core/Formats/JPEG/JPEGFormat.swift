internal import CJPEG
internal import Imaging

extension ImageFormat {
    /// JPEG, recognised by its start-of-image marker and the marker after it. It loses exactness, hence holds no labels.
    static let jpeg = ImageFormat(
        name: "JPEG", endings: ["jpg", "jpeg"],
        signature: .head { $0.starts(with: [0xFF, 0xD8, 0xFF]) },
        open: { (bytes, _, limits) throws(ImageError) in
            let reader = try JPEGRowReader(file: try bytes.file(), limits: limits)
            return try TurnedImage.source(.rows(reader), reader.orientation, limits: limits, path: bytes.path)
        },
        openLabels: nil,
        contents: { (bytes, limits) throws(ImageError) in
            let reader = try JPEGRowReader(file: try bytes.file(), limits: limits)
            let (width, height) = reader.orientation.shown(width: reader.info.width, height: reader.info.height)
            return ImageContents(
                channels: reader.info.channels, levels: [.init(width: width, height: height, metadata: reader.metadata)],
                notes: reader.notes)
        },
        holdsOnePlane: true,
        metadata: { (bytes, _, limits) throws(ImageError) in
            try JPEGRowReader(file: try bytes.file(), limits: limits).metadata
        })
}

/// The rows of a baseline or progressive JPEG image, grey or colour (YCbCr and RGB become RGB).
///
/// A file that is cut off or damaged is an error, where libjpeg would only warn and invent the missing pixels. Colour
/// profiles are ignored. Rows are those that are stored: `TurnedImage` turns them.
final class JPEGRowReader: RowReader {
    let info: ImageInfo
    /// What Exif says.
    let orientation: Orientation
    /// What of the picture is not used, or read otherwise than it is stored.
    let notes: [ImageNote]
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
            orientation = Self.marker(1, "Exif\0\0", session).map(Exif.orientation) ?? .upright
            let profile = Self.marker(2, "ICC_PROFILE\0", session).flatMap { Self.isSRGB($0) ? nil : ImageNote.profile("") }
            notes = [TurnedImage.note(orientation), profile].compactMap { $0 }
        } catch {
            cjpeg_close(session)
            throw error
        }
        self.file = file
        self.session = session
    }

    deinit { cjpeg_close(session) }

    /// Where the pixels lie, of the picture as it is shown.
    var metadata: ImageMetadata {
        JPEGMetadata.read(file).shown(orientation, width: info.width, height: info.height)
    }

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

    /// What an application's marker holds after its name; nil without it.
    private static func marker(_ number: Int32, _ name: String, _ session: UnsafeMutablePointer<cjpeg_session>) -> [UInt8]? {
        var count = 0
        guard let bytes = cjpeg_marker(session, number, name, name.utf8.count, &count) else { return nil }
        return Array(UnsafeBufferPointer(start: bytes, count: count))
    }

    /// Whether a colour profile calls itself sRGB, in one or two bytes a letter.
    private static func isSRGB(_ profile: [UInt8]) -> Bool {
        let letters = profile.filter { $0 != 0 }
        let name = Array("sRGB".utf8)
        return letters.indices.contains { letters[$0...].starts(with: name) }
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
        case Int(CJPEG_UNSUPPORTED): throw .unsupported(path: path, reason: LibraryMessage.named(reason))
        default: throw .io(path: path, reason: reason)
        }
    }
}
