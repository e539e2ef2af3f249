/// The rows of a TIFF whose strips are decoded one after the other, or row by row where they are large; also of one in tiles too
/// large for windows.
final class TIFFRowReader: RowReader {
    let info: ImageInfo
    private let decoder: TIFFDecoder
    private let isByRow: Bool
    private var nextRow = 0
    private var held: (rows: Range<Int>, pixels: [UInt8]) = (0..<0, [])

    /// Strips up to this size are decoded as one.
    private static let stripBytesMax = 16 << 20

    init(_ decoder: TIFFDecoder, _ limits: ImageLimits) {
        self.decoder = decoder
        info = decoder.info
        let layout = decoder.layout
        isByRow = !layout.isTiled && !layout.isPlanar && layout.chunkByteCount > min(Self.stripBytesMax, limits.heldBytesMax)
    }

    func read(_ count: Int, into rows: UnsafeMutableRawBufferPointer) throws(ImageError) {
        precondition(count >= 0 && nextRow + count <= info.height, "rows \(nextRow) + \(count) of \(info.height)")
        precondition(rows.count == count * info.rowByteCount, "\(count) rows of \(info.rowByteCount) bytes: found \(rows.count)")
        let end = nextRow + count
        var target = 0
        while nextRow < end {
            if !held.rows.contains(nextRow) { held = try next() }
            let taken = min(end, held.rows.upperBound) - nextRow
            let start = (nextRow - held.rows.lowerBound) * info.rowByteCount
            let byteCount = taken * info.rowByteCount
            rows[target..<target + byteCount].copyBytes(from: held.pixels[start..<start + byteCount])
            target += byteCount
            nextRow += taken
        }
    }

    /// The strip or row that begins with the next row.
    private func next() throws(ImageError) -> (Range<Int>, [UInt8]) {
        held = (0..<0, [])
        if isByRow { return (nextRow..<nextRow + 1, try decoder.row(nextRow)) }
        let pixels = try decoder.chunk(row: nextRow / decoder.layout.chunkHeight, column: 0)
        return (nextRow..<nextRow + pixels.height, pixels.bytes)
    }
}
