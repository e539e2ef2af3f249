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
        case .rows(let reader):
            let info = reader.info.turned(orientation)
            if orientation == .mirrored {
                return MappedImage.source(source, info, isMasked: false) { $0.turned(orientation) }
            }
            // Once as it is stored, and once as it is shown.
            let rowByteCount = info.rowByteCount + (reader.isMasked ? info.width : 0)
            try limits.check(heldRows: info.height, of: 2 * rowByteCount, because: heldReason, path: path)
            return .rows(
                BufferedRowReader(info, isMasked: reader.isMasked) { (_) throws(ImageError) in
                    try reader.pixels(reader.info.height).turned(orientation)
                })
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
    var isMasked: Bool { reader.isMasked }
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

extension ImageInfo {
    /// The same image as it is shown.
    fileprivate func turned(_ orientation: Orientation) -> ImageInfo {
        var info = self
        (info.width, info.height) = orientation.shown(width: width, height: height)
        return info
    }
}
