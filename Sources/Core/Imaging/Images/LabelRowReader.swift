/// A source of label rows, from the top to the bottom: the way that every label map enters Coppice.
///
/// A label is the value that the file stores: the grey level as written (never scaled to 8 bits) or the palette index. A
/// reader holds a bounded number of rows unless its format can only be decoded whole. Not safe to share between threads.
package protocol LabelRowReader: AnyObject {
    /// Columns.
    var width: Int { get }

    /// Rows.
    var height: Int { get }

    /// The colour of each label from 0 on, where the file has a palette; otherwise empty.
    var palette: [RGBColour] { get }

    /// Decodes the next `count` rows into `labels`, whose size is `count * width` values: `[row][column]`.
    ///
    /// - Precondition: no more rows are asked for than the map still has.
    /// - Throws: `ImageError` when the data is cut off or corrupt.
    func read(_ count: Int, into labels: UnsafeMutableBufferPointer<UInt16>) throws(ImageError)
}
