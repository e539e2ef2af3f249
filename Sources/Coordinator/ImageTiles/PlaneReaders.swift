internal import Formats
internal import Imaging
internal import Primitives
internal import Synchronization

/// A few readers of one stored level of a plane, opened when they are first needed. Safe to use from any thread.
///
/// A window goes to the reader that has read beside it, whose decoded chunks it may share; if that one is at work, to the idlest.
final class PlaneReaders: Sendable {
    /// What is read.
    enum Source: Sendable {
        /// - Parameter isChanged: whether the file is no longer the one that was meant; asked after each opening.
        case file(path: String, ImageSelection, cache: RangeCache?, isChanged: @Sendable () throws(ImageError) -> Bool)
        /// A whole plane.
        case memory(PixelBuffer)
    }

    private final class Slot: Sendable {
        let windows = Lock<ImageWindows?>(nil)
    }

    private let source: Source
    private let info: ImageInfo
    private let slots: [Slot]
    /// How many threads use each reader, or wait for it.
    private let users: Lock<[Int]>

    /// Bytes of decoded chunks that a reader keeps.
    private static let cachedBytesMax = 4 << 20
    /// Side of the squares of pixels that go to the same reader.
    private static let neighbourhoodSide = 1024

    /// - Parameters:
    ///   - info: what the level is expected to be: the pages of a file need not be alike.
    ///   - count: of the readers.
    init(_ source: Source, _ info: ImageInfo, count: Int) {
        (self.source, self.info) = (source, info)
        slots = (0..<count).map { _ in Slot() }
        users = Lock([Int](repeating: 0, count: count))
    }

    /// The pixels of a window.
    func window(_ rect: PixelRect) throws(TileError) -> PixelBuffer {
        try withWindows(near: rect) { (windows) throws(ImageError) in .pixels(try windows.window(rect)) }.pixels
    }

    /// The single pixel that all of a window are like; nil unless it is known without decoding that they are.
    ///
    /// - Parameter chunksMax: windows of more chunks are not looked at.
    func uniformPixel(_ rect: PixelRect, chunksMax: Int) throws(TileError) -> PixelBuffer? {
        let answer = try withWindows(near: rect) { (windows) throws(ImageError) in
            let (width, height) = windows.chunkSize
            let columns = (rect.endX - 1) / width - rect.x / width + 1
            let rows = (rect.endY - 1) / height - rect.y / height + 1
            guard columns * rows <= chunksMax, try windows.isMissing(rect) else { return .nothing }
            return .pixels(try windows.window(PixelRect(x: rect.x, y: rect.y, width: 1, height: 1)))
        }
        if case .pixels(let pixel) = answer { return pixel }
        return nil
    }

    private enum Answer: Sendable {
        case nothing
        case pixels(PixelBuffer)

        var pixels: PixelBuffer {
            guard case .pixels(let pixels) = self else { preconditionFailure("a window without pixels") }
            return pixels
        }
    }

    private func withWindows(
        near rect: PixelRect, _ body: @Sendable (ImageWindows) throws(ImageError) -> Answer
    ) throws(TileError) -> Answer {
        let neighbourhood = rect.x / Self.neighbourhoodSide + rect.y / Self.neighbourhoodSide
        let number = users.withLock { users in
            let near = neighbourhood % users.count
            let chosen = users[near] == 0 ? near : users.indices.min { users[$0] < users[$1] } ?? near
            users[chosen] += 1
            return chosen
        }
        defer { users.withLock { $0[number] -= 1 } }
        return try slots[number].windows.withLock { (open) throws(TileError) in
            if let windows = open { return try readingImage { () throws(ImageError) in try body(windows) } }
            let windows = try opened()
            open = windows
            return try readingImage { () throws(ImageError) in try body(windows) }
        }
    }

    private static func text(_ info: ImageInfo) -> String {
        "\(info.width)×\(info.height) pixels of \(info.channels) \(info.sampleType.rawValue)"
    }

    private func opened() throws(TileError) -> ImageWindows {
        switch source {
        case .memory(let pixels): return ImageWindows(.windows(MemoryReader(pixels)), path: "the image")
        case .file(let path, let selection, let cache, let isChanged):
            let windows = try readingImage { () throws(ImageError) in
                let limits = ImageLimits(cachedBytesMax: Self.cachedBytesMax)
                return ImageWindows(try ImageFile.source(path: path, selection, limits: limits, cache: cache), path: path)
            }
            if try readingImage({ () throws(ImageError) in try isChanged() }) { throw .changed(path: path) }
            guard windows.isRandomAccess, windows.info == info else {
                let kind = windows.isRandomAccess ? "" : " in strips"
                throw .image(
                    .unsupported(
                        path: path,
                        reason:
                            "page \(selection.page), level \(selection.level): expected \(Self.text(info)) as of the first page, "
                            + "found \(Self.text(windows.info))\(kind)"))
            }
            return windows
        }
    }
}

/// Windows of a plane that is held in memory.
private final class MemoryReader: WindowReader {
    private let pixels: PixelBuffer
    let chunkWidth = TilePlace.side
    let chunkHeight = TilePlace.side

    init(_ pixels: PixelBuffer) { self.pixels = pixels }

    var info: ImageInfo { pixels.info }
    var isMasked: Bool { pixels.validity != nil }

    func read(_ window: PixelRect) -> PixelBuffer { pixels.cropped(to: window) }
}
