internal import Imaging
internal import Primitives

/// Turns and mirrors images as their files ask for, so that every pixel has the place that people see it at.
enum TurnedImage {
    /// The image as it is shown.
    ///
    /// An image in chunks is turned window by window. One that is decoded from its top on is held whole, within `limits`, unless only its
    /// rows are mirrored.
    static func source(
        _ source: ImageSource, _ orientation: Orientation, limits: ImageLimits, path: String
    ) throws(ImageError) -> ImageSource {
        guard orientation != .upright else { return source }
        switch source {
        case .windows(let reader): return .windows(TurnedWindows(reader, orientation))
        case .rows(let reader): return .rows(try TurnedRows(reader, orientation, limits: limits, path: path))
        }
    }

    /// What is said of an image that is turned; nil for one that is not.
    static func note(_ orientation: Orientation) -> ImageNote? {
        guard orientation != .upright else { return nil }
        return ImageNote(.orientation, "orientation \(orientation.rawValue): read \(orientation.text), as viewers show it")
    }

    fileprivate static let heldReason = "an image that is turned must be decoded whole"
}

/// Windows of an image in chunks, turned one by one.
private final class TurnedWindows: WindowReader {
    let info: ImageInfo
    let chunkWidth: Int
    let chunkHeight: Int
    private let reader: any WindowReader
    private let orientation: Orientation

    init(_ reader: any WindowReader, _ orientation: Orientation) {
        (self.reader, self.orientation) = (reader, orientation)
        info = reader.info.turned(orientation)
        (chunkWidth, chunkHeight) = orientation.shown(width: reader.chunkWidth, height: reader.chunkHeight)
    }

    func read(_ window: PixelRect) throws(ImageError) -> PixelBuffer {
        let stored = orientation.stored(window, width: reader.info.width, height: reader.info.height)
        return try reader.read(stored).turned(orientation)
    }
}

/// Rows of an image that is decoded from its top on: whole at the first read, unless each row is only mirrored.
private final class TurnedRows: RowReader {
    let info: ImageInfo
    private let reader: any RowReader
    private let orientation: Orientation
    private var nextRow = 0
    private var held: [UInt8] = []

    init(_ reader: any RowReader, _ orientation: Orientation, limits: ImageLimits, path: String) throws(ImageError) {
        (self.reader, self.orientation) = (reader, orientation)
        info = reader.info.turned(orientation)
        if orientation != .mirrored {
            // Once as it is stored, and once as it is shown.
            try limits.check(
                heldRows: info.height, of: 2 * info.rowByteCount, because: TurnedImage.heldReason, path: path)
        }
    }

    func read(_ count: Int, into rows: UnsafeMutableRawBufferPointer) throws(ImageError) {
        precondition(count >= 0 && nextRow + count <= info.height, "rows \(nextRow) + \(count) of \(info.height)")
        precondition(rows.count == count * info.rowByteCount, "\(count) rows of \(info.rowByteCount) bytes: found \(rows.count)")
        guard count > 0 else { return }
        if orientation == .mirrored {
            rows.copyBytes(from: try turned(count))
        } else {
            if nextRow == 0 { held = try turned(reader.info.height) }
            rows.copyBytes(from: held[nextRow * info.rowByteCount..<(nextRow + count) * info.rowByteCount])
        }
        nextRow += count
        if nextRow == info.height { held = [] }
    }

    /// The next stored rows, turned.
    private func turned(_ count: Int) throws(ImageError) -> [UInt8] {
        let stored = reader.info
        let bytes = try [UInt8](filled: count * stored.rowByteCount) { (bytes) throws(ImageError) in
            try reader.read(count, into: UnsafeMutableRawBufferPointer(bytes))
        }
        return PixelBuffer(
            width: stored.width, height: count, channels: stored.channels, sampleType: stored.sampleType, bytes: bytes
        ).turned(orientation).bytes
    }
}

extension ImageInfo {
    /// The same image as it is shown.
    fileprivate func turned(_ orientation: Orientation) -> ImageInfo {
        var info = self
        (info.width, info.height) = orientation.shown(width: width, height: height)
        return info
    }
}
