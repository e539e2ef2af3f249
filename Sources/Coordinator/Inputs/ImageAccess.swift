internal import Foundation
internal import Imaging
internal import Jobs
internal import Primitives
internal import Protocol
internal import Synchronization

/// How the windows of one image reach the workers: by name where they read it themselves, otherwise as pixels.
struct ImageAccess: Sendable {
    /// The image by name; nil if no worker reads it.
    let reference: ImageReference?
    /// How a worker is asked whether it reads the image; nil if all do, or none.
    let locality: ImageLocality?
    /// Pixels for those that do not; nil if they come in bands, in order.
    let pixels: SharedWindows?
    /// Whether pixels may be without data.
    let mayLackData: Bool
    let tally: WindowTally

    /// Whether pixels are to be read in order, from the top to the bottom.
    var comesInBands: Bool { pixels == nil && reference == nil }

    /// A window that is read when it is asked for; not of an image that comes in bands.
    ///
    /// - Parameter core: in the window's coordinates.
    func window(_ rect: PixelRect, core: PixelRect) -> TileWindow {
        precondition(!comesInBands, "a window of an image in bands is read in its turn")
        let named = reference.map { whole in
            var part = whole
            part.window = rect
            return part
        }
        // Where there is no name, one stands for the window as long as no pixels are asked for.
        let placeholder = named ?? ImageReference(path: "-", size: 0, modified: 0, window: rect)
        let gaps = mayLackData ? TileGaps.unknown : .nowhere
        let outline = WindowDocument(source: placeholder, core: core)
        return TileWindow(outline: outline, gaps: gaps) { [locality, pixels, tally] name in
            if let name, var reference = named {
                if reference.url == nil { reference.path = name }
                tally.named.add(1, ordering: .relaxed)
                return WindowDocument(source: reference, core: core)
            }
            if locality == nil, let named {
                tally.named.add(1, ordering: .relaxed)
                return WindowDocument(source: named, core: core)
            }
            guard let pixels else { preconditionFailure("no pixels of an image without a name") }
            tally.sent.add(1, ordering: .relaxed)
            return WindowDocument(pixels: try pixels.window(rect), core: core)
        }
    }

    /// A window whose pixels are there.
    func window(of pixels: PixelBuffer, core: PixelRect) -> TileWindow {
        let document = WindowDocument(pixels: pixels, core: core)
        let gaps = pixels.validity(of: core).map(TileGaps.known) ?? .nowhere
        return TileWindow(outline: document, gaps: gaps) { [tally] _ in
            tally.sent.add(1, ordering: .relaxed)
            return document
        }
    }
}

/// One window on its way to a worker.
package struct TileWindow: Sendable {
    /// Has the window's shape; its pixels may be missing.
    let outline: WindowDocument
    /// Pixels of the core that have no data.
    let gaps: TileGaps
    /// As a worker needs it. The argument is the name that the worker has for the image; nil if it was not asked, or has none.
    let document: @Sendable (_ name: String?) throws -> WindowDocument
    /// Whether a worker that had the window before holds pixels of this one.
    var continuesPrevious = false

    /// Whether windows of this column of tiles and the one before rather go to the same worker: it decodes the chunks of the image that
    /// lie across their border once. In runs of four most of that is won, and the jobs that are known ahead, four for each slot, are
    /// enough for a run each.
    static func continues(column: Int) -> Bool { column % 4 != 0 }
}

/// Windows that went to workers by name, and as pixels; windows of attempts that were repeated count again.
final class WindowTally: Sendable {
    let named = Atomic(0)
    let sent = Atomic(0)
}

extension Run {
    /// How workers get at an image.
    ///
    /// - Parameters:
    ///   - source: the image, opened.
    ///   - isOneTile: whether it is worked on as a whole, so that also a format without windows is decoded only once by name.
    func access(to image: ImageInput, _ source: ImageSource, isOneTile: Bool) throws -> ImageAccess {
        let hasWindows = if case .windows = source { true } else { false }
        let named = try reference(to: image, allowsRows: isOneTile && pool.isLocal)
        let pixels = hasWindows ? SharedWindows(image, clock: clock) : nil
        if pool.isLocal || named == nil {
            // Local workers see what this process sees.
            return ImageAccess(
                reference: named, locality: nil, pixels: named == nil ? pixels : nil, mayLackData: source.mayLackData,
                tally: windowTally)
        }
        return ImageAccess(
            reference: named, locality: named.map { locality(of: $0, pixels) }, pixels: pixels,
            mayLackData: source.mayLackData, tally: windowTally)
    }

    private func locality(of reference: ImageReference, _ pixels: SharedWindows?) -> ImageLocality {
        let whole = reference.window
        let side = min(Self.probeSide, whole.width, whole.height)
        var probe = reference
        probe.window = PixelRect(x: (whole.width - side) / 2, y: (whole.height - side) / 2, width: side, height: side)
        let names = probe.path.map { SharedNames.names(of: $0, countMax: ProbeJob.sourcesMax) }
        let sources = (names ?? [""]).map { name in
            var source = probe
            if source.url == nil { source.path = name }
            return source
        }
        let job = ProbeJob(sources: sources, nonce: nonce)
        let window = probe.window
        return ImageLocality(image: localityCount.wrappingAdd(1, ordering: .relaxed).oldValue) {
            try WireJSON.encode(JobEnvelope(job))
        } verdict: { document in
            let output = try WireJSON.decode(ProbeJob.Output.self, from: document)
            try job.check(output)
            guard let source = output.source, let pixels, try output.sha256 == ProbeJob.hash(of: pixels.window(window)) else {
                return nil
            }
            return sources[source].path ?? sources[source].url
        }
    }

    /// Side of the window by which an image is known again, in pixels.
    private static let probeSide = 64
}

/// Windows of an image for whoever needs pixels, in any order; decoded chunks are kept for the windows beside. Safe to use from any thread.
final class SharedWindows: Sendable {
    private let image: ImageInput
    private let clock: PhaseClock
    private let reader = Lock<ImageWindows?>(nil)

    init(_ image: ImageInput, clock: PhaseClock) { (self.image, self.clock) = (image, clock) }

    /// The pixels of `rect`, in image coordinates.
    ///
    /// - Throws: `ImageError` of the image.
    func window(_ rect: PixelRect) throws -> PixelBuffer {
        try reader.withLock { reader in
            try clock.measure("read") {
                let windows: ImageWindows
                if let open = reader { windows = open } else { windows = ImageWindows(try image.source, path: image.description) }
                if !windows.isRandomAccess {
                    // Of an image that is decoded from its top on, the rest is not kept.
                    try windows.advance(to: rect.y..<rect.endY)
                    return try windows.window(rect)
                }
                reader = windows
                return try windows.window(rect)
            }
        }
    }
}

/// What a file of this machine may be called on another one that sees the same storage.
enum SharedNames {
    /// The path, and what remains of it below a folder that is mounted in another place.
    ///
    /// - Parameter path: absolute.
    static func names(of path: String, countMax: Int) -> [String] {
        let components = path.split(separator: "/")
        return [path]
            + (1..<max(1, min(components.count, countMax))).map { count in components.dropFirst(count).joined(separator: "/") }
    }
}
