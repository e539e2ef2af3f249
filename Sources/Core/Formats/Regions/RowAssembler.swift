internal import Imaging

/// Assembles regions to whole rows, for formats that are written from the top to the bottom.
///
/// Regions that begin in the same row have the same height, as the tiles of a grid do. Memory: the rows of tiles between the first
/// unfinished one and the last one begun.
struct RowAssembler {
    let width: Int
    let height: Int
    let pixelByteCount: Int
    /// By the first row of each row of tiles: pixels `[row][column]`, and how many are missing.
    private var open: [Int: (pixels: [UInt8], missing: Int)] = [:]
    private var nextRow = 0

    init(width: Int, height: Int, pixelByteCount: Int) {
        (self.width, self.height, self.pixelByteCount) = (width, height, pixelByteCount)
    }

    /// Whether all rows were handed out.
    var isComplete: Bool { nextRow == height }

    /// Takes a region, and hands the rows that are complete now to `write`, in order.
    mutating func add(
        _ region: PixelRect, _ pixels: UnsafeRawBufferPointer,
        write: (_ rowCount: Int, _ rows: UnsafeRawBufferPointer) throws(ImageError) -> Void
    ) throws(ImageError) {
        precondition(
            region.area > 0 && PixelRect(x: 0, y: 0, width: width, height: height).contains(region),
            "\(region) of \(width)×\(height)")
        precondition(pixels.count == region.area * pixelByteCount, "\(region): \(pixels.count) bytes")
        if region.width == width, region.y == nextRow {
            try write(region.height, pixels)
            nextRow += region.height
        } else {
            paste(region, pixels)
        }
        while let next = open[nextRow], next.missing == 0 {
            let rowCount = next.pixels.count / (width * pixelByteCount)
            try next.pixels.withUnsafeBufferPointer { (rows) throws(ImageError) in
                try write(rowCount, UnsafeRawBufferPointer(rows))
            }
            open[nextRow] = nil
            nextRow += rowCount
        }
    }

    private mutating func paste(_ region: PixelRect, _ pixels: UnsafeRawBufferPointer) {
        let area = width * region.height
        var band = open.removeValue(forKey: region.y) ?? ([UInt8](repeating: 0, count: area * pixelByteCount), area)
        let lineByteCount = region.width * pixelByteCount
        band.pixels.withUnsafeMutableBytes { target in
            for row in 0..<region.height {
                let start = (row * width + region.x) * pixelByteCount
                target[start..<start + lineByteCount].copyBytes(from: pixels[row * lineByteCount..<(row + 1) * lineByteCount])
            }
        }
        band.missing -= region.area
        precondition(band.missing >= 0, "\(region) was given twice")
        open[region.y] = band
    }
}
