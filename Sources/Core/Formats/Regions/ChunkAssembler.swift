internal import Imaging

/// Cuts regions into the square chunks in which an image is stored, and hands out each chunk when its last pixel has come.
///
/// Memory: the chunks that are begun and not complete; none between regions that are whole chunks.
struct ChunkAssembler {
    /// The chunks, as tiles without a halo.
    let grid: TileGrid
    let pixelByteCount: Int
    /// By index: pixels `[row][column]` of a whole chunk, zero beyond the image, and how many are missing.
    private var open: [Int: (pixels: [UInt8], missing: Int)] = [:]
    /// Chunks handed out.
    private(set) var completeCount = 0

    init(_ grid: TileGrid, pixelByteCount: Int) {
        (self.grid, self.pixelByteCount) = (grid, pixelByteCount)
    }

    /// Whether all chunks were handed out.
    var isComplete: Bool { completeCount == grid.count }

    /// Counts the chunks of a region of whole chunks as handed out.
    mutating func adopt(_ region: PixelRect) {
        let side = grid.tileSide
        precondition(region.x.isMultiple(of: side) && region.y.isMultiple(of: side), "\(region) is not whole chunks")
        completeCount += ((region.width + side - 1) / side) * ((region.height + side - 1) / side)
    }

    /// Takes a region, and hands the chunks that it completes to `complete`.
    mutating func add(
        _ region: PixelRect, _ pixels: UnsafeRawBufferPointer,
        complete: (_ row: Int, _ column: Int, _ chunk: [UInt8]) throws(ImageError) -> Void
    ) throws(ImageError) {
        precondition(
            region.area > 0 && PixelRect(x: 0, y: 0, width: grid.imageWidth, height: grid.imageHeight).contains(region),
            "\(region) of \(grid.imageWidth)×\(grid.imageHeight)")
        precondition(pixels.count == region.area * pixelByteCount, "\(region): \(pixels.count) bytes")
        let side = grid.tileSide
        for row in region.y / side...(region.endY - 1) / side {
            for column in region.x / side...(region.endX - 1) / side {
                let core = grid.tile(row: row, column: column).core
                let index = row * grid.columns + column
                var chunk =
                    open.removeValue(forKey: index) ?? ([UInt8](repeating: 0, count: side * side * pixelByteCount), core.area)
                chunk.missing -= copy(region, pixels, core, into: &chunk.pixels)
                precondition(chunk.missing >= 0, "\(region) was given twice")
                if chunk.missing == 0 {
                    try complete(row, column, chunk.pixels)
                    completeCount += 1
                } else {
                    open[index] = chunk
                }
            }
        }
    }

    /// Copies what the region and the chunk share; the number of pixels.
    private func copy(_ region: PixelRect, _ pixels: UnsafeRawBufferPointer, _ core: PixelRect, into chunk: inout [UInt8]) -> Int
    {
        let (x, endX) = (max(region.x, core.x), min(region.endX, core.endX))
        let (y, endY) = (max(region.y, core.y), min(region.endY, core.endY))
        let byteCount = (endX - x) * pixelByteCount
        chunk.withUnsafeMutableBytes { target in
            for row in y..<endY {
                let start = ((row - core.y) * grid.tileSide + x - core.x) * pixelByteCount
                let source = ((row - region.y) * region.width + x - region.x) * pixelByteCount
                target[start..<start + byteCount].copyBytes(from: pixels[source..<source + byteCount])
            }
        }
        return (endX - x) * (endY - y)
    }
}
