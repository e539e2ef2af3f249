@testable import Formats
@testable import Imaging
@testable import Primitives

/// Hands an image to a writer in tiles, in an order that a seed decides.
enum Regions {
    /// - Parameters:
    ///   - bytes: `[row][column]`, of pixels of `pixelByteCount` bytes.
    ///   - side: of the tiles.
    static func write(
        _ bytes: [UInt8], to writer: any RegionWriter, width: Int, height: Int, pixelByteCount: Int, side: Int, seed: UInt64
    ) throws {
        let grid = TileGrid(imageWidth: width, imageHeight: height, tileSide: side, haloPixels: 0)
        var random = SplitMix64(seed: seed)
        for index in (0..<grid.count).shuffled(using: &random) {
            let core = grid.tile(row: index / grid.columns, column: index % grid.columns).core
            let pixels = (core.y..<core.endY).flatMap { row in
                bytes[((row * width + core.x) * pixelByteCount)..<((row * width + core.endX) * pixelByteCount)]
            }
            try pixels.withUnsafeBytes { try writer.write(core, from: $0) }
        }
        try writer.finish()
    }
}
