internal import Imaging
internal import Primitives
internal import Synchronization

/// Windows of an image for whoever needs pixels, in any order; decoded chunks are kept for the windows beside. Safe to use from any thread.
final class SharedWindows: Sendable {
    private let image: ImageInput
    private let clock: PhaseClock
    private let reader = Mutex<ImageWindows?>(nil)

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
