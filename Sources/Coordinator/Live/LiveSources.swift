internal import Primitives
internal import Synchronization

/// The planes of a live session that are open, each in the resolutions that are worked on.
///
/// Safe to use from any thread where reading is allowed.
final class LiveSources: Sendable {
    private struct Key: Hashable {
        let image: LiveImage
        let level: Int
    }

    private let pixels: any LivePixels
    private let open = Lock<[Key: LiveSource]>([:])

    /// As many planes stay open.
    private static let countMax = 64

    init(_ pixels: any LivePixels) { self.pixels = pixels }

    /// Opens a plane, or gives the one that is open.
    ///
    /// - Throws: `ImageError` for an image that cannot be read.
    func source(_ image: LiveImage, level: Int) throws -> LiveSource {
        let key = Key(image: image, level: level)
        if let known = open.withLock({ $0[key] }) { return known }
        let source = try LiveSource(image, level: level, pixels)
        return open.withLock { open in
            if let known = open[key] { return known }
            if open.count >= Self.countMax { open = [:] }
            open[key] = source
            return source
        }
    }
}
