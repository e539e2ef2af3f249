import Imaging
import Jobs
import Testing

@testable import Coordinator

/// Which tiles a view wants.
@Suite struct LiveViewTests {
    private let image = LiveImage(key: "a", input: ImageInput(path: "a.png"), pixels: ImageInput(path: "a.png"))

    @Test func `tiles that a view touches come by their distance from the focus`() {
        let view = LiveView(image: image, rect: PixelRect(x: 200, y: 300, width: 400, height: 250), level: 0, focus: [590, 400])
        let tiles = view.tiles(width: 1000, height: 800, fullWidth: 1000, fullHeight: 800)
        #expect(Set(tiles.map { [$0.column, $0.row] }) == [[0, 1], [1, 1], [2, 1], [0, 2], [1, 2], [2, 2]])
        #expect(tiles[0].column == 2 && tiles[0].row == 1 && tiles.last?.column == 0)
    }

    @Test func `a view beyond the image has no tiles`() {
        let view = LiveView(image: image, rect: PixelRect(x: 2000, y: 0, width: 400, height: 250), level: 0)
        #expect(view.tiles(width: 1000, height: 800, fullWidth: 1000, fullHeight: 800).isEmpty)
    }

    @Test func `a far view shows the resolution of the screen, a near one the full one`() {
        let far = LiveView(image: image, rect: PixelRect(x: 0, y: 0, width: 40_000, height: 20_000), level: 5)
        #expect(far.shownLevel == 5)
        let tiles = far.tiles(width: 1250, height: 625, fullWidth: 40_000, fullHeight: 20_000)
        #expect(tiles.count == 15 && tiles.allSatisfy { $0.level == 5 })
        #expect(LiveView(image: image, rect: PixelRect(x: 0, y: 0, width: 1200, height: 900), level: 1).shownLevel == 0)
    }

    @Test func `doubtful places are the worst cells, apart from each other`() {
        var places = DoubtfulPlaces()
        var doubt = [UInt8](repeating: 0, count: 256 * 256)
        func paint(_ x: Int, _ y: Int, _ value: UInt8) {
            for row in y..<y + 32 { for column in x..<x + 32 { doubt[row * 256 + column] = value } }
        }
        paint(0, 0, 200)
        paint(32, 0, 190)
        paint(192, 192, 100)
        let tile = LiveTile(
            image: image, level: 0, column: 1, row: 2, width: 256, height: 256, revision: 1, exactness: .live,
            maps: [.uncertainty: doubt], classes: [1, 2])
        places.add(tile, scale: 1)
        #expect(places.place(0, in: image).map { [$0.x, $0.y] } == [272, 528])
        #expect(places.place(1, in: image).map { [$0.x, $0.y] } == [464, 720], "the neighbour is as good as the first")
    }
}
