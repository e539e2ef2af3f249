package import Imaging

/// Writes an image rectangle by rectangle, as its parts become known.
///
/// The rectangles tile the image: every pixel comes once, in any order. What is written does not depend on how the image is cut or in
/// which order the parts come. Not safe to share between threads.
package protocol RegionWriter: AnyObject {
    /// Takes the pixels of `region`: `[row][column][channel]`, without padding, values of more than a byte little-endian.
    ///
    /// - Precondition: the region lies inside the image, and none of its pixels has come before.
    /// - Throws: `ImageError.io` with the system's reason.
    func write(_ region: PixelRect, from pixels: UnsafeRawBufferPointer) throws(ImageError)

    /// Takes the pixels of `region` of one plane, of an image that has several.
    ///
    /// - Precondition: as of `write`, for each plane; there is such a plane.
    /// - Throws: as `write`.
    func write(_ region: PixelRect, plane: Int, from pixels: UnsafeRawBufferPointer) throws(ImageError)

    /// Completes the content.
    ///
    /// - Precondition: every pixel has come, and `finish()` was not called before.
    /// - Throws: `ImageError.io` with the system's reason.
    func finish() throws(ImageError)
}

extension RegionWriter {
    package func write(_ region: PixelRect, plane: Int, from pixels: UnsafeRawBufferPointer) throws(ImageError) {
        precondition(plane == 0, "plane \(plane) of a single one")
        try write(region, from: pixels)
    }
}
