@testable import Imaging
import Testing

@Suite struct TileGridTests {
    @Test(arguments: [(1, 1, 1), (37, 5, 8), (100, 100, 100), (100, 100, 1000), (257, 64, 64), (3, 9, 1)])
    func `cores cover every pixel once, and windows hold core and halo`(width: Int, height: Int, side: Int) {
        let grid = TileGrid(imageWidth: width, imageHeight: height, tileSide: side, haloPixels: 5)
        var covered = [Int](repeating: 0, count: width * height)
        let image = PixelRect(x: 0, y: 0, width: width, height: height)
        for row in 0..<grid.rows {
            for column in 0..<grid.columns {
                let tile = grid.tile(row: row, column: column)
                #expect(tile.index == row * grid.columns + column)
                #expect(image.contains(tile.window) && tile.window.contains(tile.core))
                #expect(tile.window.x == max(0, tile.core.x - 5) && tile.window.endX == min(width, tile.core.endX + 5))
                #expect(tile.window.y == max(0, tile.core.y - 5) && tile.window.endY == min(height, tile.core.endY + 5))
                #expect(grid.windowRows(ofRow: row) == tile.window.y..<tile.window.endY)
                for y in tile.core.y..<tile.core.endY {
                    for x in tile.core.x..<tile.core.endX { covered[y * width + x] += 1 }
                }
            }
        }
        #expect(covered.allSatisfy { $0 == 1 })
    }
}
