internal import Features
internal import Formats
internal import Imaging
internal import Jobs
internal import Primitives
internal import Protocol
internal import Synchronization

/// A plane of an image in one resolution, opened: its windows for jobs.
final class LiveSource: Sendable {
    let image: LiveImage
    let level: Int
    /// Columns and rows of the resolution.
    let width: Int
    let height: Int
    let channels: Int
    let sampleType: SampleType
    let mayLackData: Bool
    /// Columns and rows of the full resolution.
    let fullWidth: Int
    let fullHeight: Int
    /// What a model remembers of the channels.
    let modelChannels: ModelChannels?
    private let source: Source

    private enum Source: Sendable {
        /// The full resolution, of which workers get names or windows.
        case windows(OpenImage)
        /// The full resolution of a format that is read from the top on.
        case decoded(PixelBuffer)
        /// Another resolution.
        case level(any LivePixels)
    }

    /// Whose windows are asked for, never read here.
    private final class OpenImage: Sendable {
        let source: Lock<ImageSource>

        init(_ source: sending ImageSource) { self.source = Lock(source) }
    }

    /// - Throws: `ImageError` for an image that cannot be read.
    init(_ image: LiveImage, level: Int, _ pixels: any LivePixels) throws {
        (self.image, self.level) = (image, level)
        let contents = try ImageFile.contents(path: image.input.path)
        modelChannels = ModelChannels(of: contents, chosen: image.input.selection.channels)
        let full = try image.pixels.source
        let info = full.info
        (fullWidth, fullHeight, channels, sampleType) = (info.width, info.height, info.channels, info.sampleType)
        if level > 0 {
            (width, height) = try pixels.size(of: image, level: level)
            mayLackData = full.mayLackData
            source = .level(pixels)
        } else {
            (width, height) = (info.width, info.height)
            if case .windows = full {
                mayLackData = full.mayLackData
                source = .windows(OpenImage(full))
            } else {
                var whole = try ImageFile.readAll(path: image.pixels.path, image.pixels.selection)
                whole.maskNotNumbers()
                mayLackData = whole.validity != nil
                source = .decoded(whole)
            }
        }
    }

    /// How windows of it reach workers in a run.
    func windows(in run: Run) throws -> LiveWindows {
        switch source {
        case .windows(let open):
            let access = try open.source.withLock { try run.access(to: image.pixels, $0, isOneTile: false) }
            return LiveWindows { access.window($0, core: $1) }
        case .decoded(let pixels):
            return LiveWindows { window, core in
                LiveWindows.tile(window, core, .unknown) { pixels.cropped(to: window) }
            }
        case .level(let pixels):
            let gaps = mayLackData ? TileGaps.unknown : .nowhere
            return LiveWindows { [image, level] window, core in
                LiveWindows.tile(window, core, gaps) { try pixels.window(window, of: image, level: level) }
            }
        }
    }

    /// Makes labels 0 at pixels without data.
    func filter(_ map: inout LabelMap, _ rect: PixelRect) throws {
        guard mayLackData, map.labels.contains(where: { $0 != 0 }) else { return }
        let pixels: PixelBuffer
        switch source {
        case .windows: pixels = try ImageWindows(try image.pixels.source, path: image.pixels.description).window(rect)
        case .decoded(let whole): pixels = whole.cropped(to: rect)
        case .level(let levels): pixels = try levels.window(rect, of: image, level: level)
        }
        guard let validity = pixels.validity else { return }
        for place in validity.indices where validity[place] == 0 { map.labels[place] = 0 }
    }
}

/// How windows of a plane reach workers.
struct LiveWindows: Sendable {
    /// A window, and its core in the window's coordinates.
    let window: @Sendable (_ window: PixelRect, _ core: PixelRect) -> TileWindow

    /// The window around a part of a plane.
    func callAsFunction(_ rect: PixelRect, core: PixelRect) -> TileWindow { window(rect, core) }

    /// A window whose pixels are sent.
    static func tile(
        _ window: PixelRect, _ core: PixelRect, _ gaps: TileGaps, _ pixels: @escaping @Sendable () throws -> PixelBuffer
    ) -> TileWindow {
        let placeholder = ImageReference(path: "-", size: 0, modified: 0, window: window)
        return TileWindow(outline: WindowDocument(source: placeholder, core: core), gaps: gaps) { _ in
            WindowDocument(pixels: try pixels(), core: core)
        }
    }
}
