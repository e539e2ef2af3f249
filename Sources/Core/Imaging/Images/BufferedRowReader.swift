/// The rows of an image that is decoded some rows at a time, such as strips or rows of chunks; holds what was decoded last.
package final class BufferedRowReader: RowReader {
    package let info: ImageInfo
    private let decode: (_ row: Int) throws(ImageError) -> PixelBuffer
    private var nextRow = 0
    private var held: (rows: Range<Int>, bytes: [UInt8]) = (0..<0, [])

    /// - Parameter decode: gives the rows from `row` on, as wide as the image: at least one, as many as come at once.
    package init(_ info: ImageInfo, decode: @escaping (_ row: Int) throws(ImageError) -> PixelBuffer) {
        self.info = info
        self.decode = decode
    }

    package func read(_ count: Int, into rows: UnsafeMutableRawBufferPointer) throws(ImageError) {
        precondition(count >= 0 && nextRow + count <= info.height, "rows \(nextRow) + \(count) of \(info.height)")
        precondition(rows.count == count * info.rowByteCount, "\(count) rows of \(info.rowByteCount) bytes: found \(rows.count)")
        let end = nextRow + count
        var target = 0
        while nextRow < end {
            if !held.rows.contains(nextRow) {
                held = (0..<0, [])
                let pixels = try decode(nextRow)
                held = (nextRow..<nextRow + pixels.height, pixels.bytes)
            }
            let taken = min(end, held.rows.upperBound) - nextRow
            let start = (nextRow - held.rows.lowerBound) * info.rowByteCount
            let byteCount = taken * info.rowByteCount
            rows[target..<target + byteCount].copyBytes(from: held.bytes[start..<start + byteCount])
            target += byteCount
            nextRow += taken
        }
    }
}
