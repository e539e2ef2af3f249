/// A source of decoded image rows, from the top to the bottom: the way that every image format enters Coppice.
///
/// A reader holds a bounded number of rows, whatever the image's height, unless its format can only be decoded whole
/// (interlaced PNG, progressive JPEG). Not safe to share between threads.
package protocol RowReader: AnyObject {
    var info: ImageInfo { get }

    /// Decodes the next `count` rows into `rows`, whose size is `count * info.rowByteCount` bytes: `[row][column][channel]`,
    /// values little-endian.
    ///
    /// - Precondition: no more rows are asked for than the image still has.
    /// - Throws: `ImageError` when the data is cut off or corrupt.
    func read(_ count: Int, into rows: UnsafeMutableRawBufferPointer) throws(ImageError)
}
