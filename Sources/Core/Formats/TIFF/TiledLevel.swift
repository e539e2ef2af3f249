/// One row of tiles of an image that comes row by row.
struct TiledLevel {
    let width: Int
    let height: Int
    let pixelByteCount: Int
    /// Rows that have come.
    private(set) var rowCount = 0
    /// `[row][column]`, as many rows as a tile has.
    private var band: [UInt8]

    init(width: Int, height: Int, pixelByteCount: Int) {
        (self.width, self.height, self.pixelByteCount) = (width, height, pixelByteCount)
        band = [UInt8](repeating: 0, count: TIFFPyramidWriter.tileSide * width * pixelByteCount)
    }

    /// Tiles side by side.
    var columns: Int { (width - 1) / TIFFPyramidWriter.tileSide + 1 }

    /// Takes a row; the number of the row of tiles that it completes, or nil.
    mutating func add(_ line: UnsafeRawBufferPointer) -> Int? {
        let side = TIFFPyramidWriter.tileSide
        let place = rowCount % side
        let start = place * width * pixelByteCount
        band.withUnsafeMutableBytes { $0[start..<start + line.count].copyBytes(from: line) }
        rowCount += 1
        guard place == side - 1 || rowCount == height else { return nil }
        // Of the last row of tiles, what lies below the image is zero.
        for index in (start + line.count)..<band.count { band[index] = 0 }
        return (rowCount - 1) / side
    }

    /// The whole tile of a column, of the row of tiles that is complete; zero beyond the image.
    func tile(_ column: Int) -> [UInt8] {
        let side = TIFFPyramidWriter.tileSide
        let lineByteCount = side * pixelByteCount
        var tile = [UInt8](repeating: 0, count: side * lineByteCount)
        let (x, rowByteCount) = (column * lineByteCount, width * pixelByteCount)
        let byteCount = min(lineByteCount, rowByteCount - x)
        tile.withUnsafeMutableBytes { tile in
            band.withUnsafeBytes { band in
                for row in 0..<side {
                    let source = row * rowByteCount + x
                    tile[row * lineByteCount..<row * lineByteCount + byteCount].copyBytes(from: band[source..<source + byteCount])
                }
            }
        }
        return tile
    }
}
