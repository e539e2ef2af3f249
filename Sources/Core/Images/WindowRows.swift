/// The rows of an image that is stored in chunks; holds one row of chunks, or of a very wide image as many of its rows as fit.
final class WindowRows: RowReader {
    let info: ImageInfo
    private let reader: any WindowReader
    private var held: (rows: Range<Int>, pixels: PixelBuffer)?
    private var nextRow = 0
    /// Rows that are held at once.
    private let heldRowCount: Int

    private static let heldBytesMax = 64 << 20

    init(_ reader: any WindowReader) {
        self.reader = reader
        info = reader.info
        heldRowCount = max(1, min(reader.chunkHeight, Self.heldBytesMax / reader.info.rowByteCount))
    }

    func read(_ count: Int, into rows: UnsafeMutableRawBufferPointer) throws(ImageError) {
        precondition(count >= 0 && nextRow + count <= info.height, "rows \(nextRow) + \(count) of \(info.height)")
        precondition(rows.count == count * info.rowByteCount, "\(count) rows of \(info.rowByteCount) bytes: found \(rows.count)")
        let end = nextRow + count
        var target = 0
        while nextRow < end {
            let (held, pixels) = try chunkRow(of: nextRow)
            let taken = min(end, held.upperBound) - nextRow
            let start = (nextRow - held.lowerBound) * info.rowByteCount
            let byteCount = taken * info.rowByteCount
            rows[target..<target + byteCount].copyBytes(from: pixels.bytes[start..<start + byteCount])
            target += byteCount
            nextRow += taken
        }
    }

    private func chunkRow(of row: Int) throws(ImageError) -> (Range<Int>, PixelBuffer) {
        if let held, held.rows.contains(row) { return (held.rows, held.pixels) }
        held = nil
        let chunkEnd = (row / reader.chunkHeight + 1) * reader.chunkHeight
        let rows = row..<min(info.height, chunkEnd, row + heldRowCount)
        let pixels = try reader.read(PixelRect(x: 0, y: row, width: info.width, height: rows.count))
        held = (rows, pixels)
        return (rows, pixels)
    }
}
