/// A source of decoded pixels, any rectangle at a time: the way that formats which are stored in tiles or chunks enter Coppice.
///
/// A reader decodes only the chunks that a window touches, and holds a bounded number of them for the windows that come next. Not
/// safe to share between threads.
package protocol WindowReader: AnyObject {
    var info: ImageInfo { get }

    /// Size of the pieces that are decoded as one, in pixels: windows along their borders cost least.
    var chunkWidth: Int { get }
    var chunkHeight: Int { get }

    /// The pixels of `window`, in image coordinates.
    ///
    /// - Precondition: the window lies inside the image and holds a pixel.
    /// - Throws: `ImageError` when a chunk is missing, cut off or corrupt.
    func read(_ window: PixelRect) throws(ImageError) -> PixelBuffer
}
