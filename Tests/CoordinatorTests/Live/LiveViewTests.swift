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

    private static func resolution(_ level: Int, _ width: Int, _ height: Int, full: (width: Int, height: Int)? = nil)
        -> DoubtfulPlaces.Resolution
    {
        DoubtfulPlaces.Resolution(
            level: level, width: width, height: height, fullWidth: full?.width ?? width, fullHeight: full?.height ?? height)
    }

    private static func paint(_ x: Int, _ y: Int, _ value: UInt8, in doubt: inout [UInt8]) {
        for row in y..<y + 16 { for column in x..<x + 16 { doubt[row * 256 + column] = value } }
    }

    /// A tile of the second column and third row in which three cells are doubtful, the first and the second beside each other.
    private func doubtfulTile() -> LiveTile {
        var doubt = [UInt8](repeating: 0, count: 256 * 256)
        Self.paint(0, 0, 200, in: &doubt)
        Self.paint(16, 0, 190, in: &doubt)
        Self.paint(192, 192, 100, in: &doubt)
        return LiveTile(
            image: image, level: 0, column: 1, row: 2, width: 256, height: 256, revision: 1, exactness: .live,
            maps: [.uncertainty: doubt], classes: [1, 2])
    }

    @Test func `doubtful places are the worst cells, apart from each other`() {
        var places = DoubtfulPlaces()
        places.add(doubtfulTile(), of: Self.resolution(0, 1000, 1000))
        #expect(places.place(0, in: image, labelled: []).map { [$0.x, $0.y] } == [264, 520])
        #expect(
            places.place(1, in: image, labelled: []).map { [$0.x, $0.y] } == [456, 712], "the neighbour is as good as the first")
    }

    @Test func `where something is painted, or beside it, comes after all else`() {
        var places = DoubtfulPlaces()
        places.add(doubtfulTile(), of: Self.resolution(0, 1000, 1000))
        // The first two cells are 16 and 17 across, 32 down; the third is 28 across, 44 down.
        let onFirst: Set = [DoubtfulPlaces.Spot(level: 0, column: 16, row: 32)]
        #expect(places.place(0, in: image, labelled: onFirst).map { [$0.x, $0.y] } == [456, 712])
        let twoAway: Set = [DoubtfulPlaces.Spot(level: 0, column: 18, row: 34)]
        #expect(places.place(0, in: image, labelled: twoAway).map { [$0.x, $0.y] } == [264, 520])
        let ofAnother: Set = [DoubtfulPlaces.Spot(level: 1, column: 16, row: 32)]
        #expect(
            places.place(0, in: image, labelled: ofAnother).map { [$0.x, $0.y] } == [264, 520], "a label of another resolution")
        var everywhere = Set(
            (16..<32).flatMap { column in
                (32..<48).map { DoubtfulPlaces.Spot(level: 0, column: column, row: $0) }
            })
        #expect(places.place(0, in: image, labelled: everywhere).map { [$0.x, $0.y] } == [264, 520], "there is always a place")
        everywhere.remove(DoubtfulPlaces.Spot(level: 0, column: 17, row: 32))
        #expect(places.place(0, in: image, labelled: everywhere).map { [$0.x, $0.y] } == [280, 520], "beside before on")
    }

    @Test func `places of a smaller picture are told in the full resolution`() {
        var places = DoubtfulPlaces()
        var doubt = [UInt8](repeating: 0, count: 100 * 40)
        // The last cell of a tile that is cut: 4 columns and 8 rows.
        for row in 32..<40 { for column in 96..<100 { doubt[row * 100 + column] = 51 } }
        places.add(
            LiveTile(
                image: image, level: 2, column: 0, row: 0, width: 100, height: 40, revision: 1, exactness: .preview,
                maps: [.uncertainty: doubt], classes: [1, 2]), of: Self.resolution(2, 100, 40, full: (400, 160)))
        let place = places.place(0, in: image, labelled: [])
        #expect(place.map { [$0.x, $0.y] } == [392, 144])
        #expect(place?.uncertainty == 0.2)
    }

    /// A tile that is as doubtful everywhere.
    private func tile(_ column: Int, _ row: Int = 0, of resolution: DoubtfulPlaces.Resolution, _ doubt: UInt8) -> LiveTile {
        let (width, height) = (min(256, resolution.width - 256 * column), min(256, resolution.height - 256 * row))
        return LiveTile(
            image: image, level: resolution.level, column: column, row: row, width: width, height: height, revision: 1,
            exactness: .live, maps: [.uncertainty: [UInt8](repeating: doubt, count: width * height)], classes: [1, 2])
    }

    /// All places that are told, in their order.
    private func all(_ places: DoubtfulPlaces) -> [(x: Int, y: Int, uncertainty: Double)] {
        var found: [(x: Int, y: Int, uncertainty: Double)] = []
        while let place = places.place(found.count, in: image, labelled: []) { found.append(place) }
        return found
    }

    @Test func `places of an earlier forest stay until a newer one covers them, and count half`() {
        let full = Self.resolution(0, 1024, 256)
        var places = DoubtfulPlaces()
        places.add(tile(0, of: full, 200), of: full)
        places.add(tile(1, of: full, 90), of: full)
        let before = all(places).map { [$0.x, $0.y] }
        places.markStale(level: 1)
        places.markStale(level: 0)
        #expect(all(places).map { [$0.x, $0.y] } == before, "all are stale: they compare as before")
        places.add(tile(1, of: full, 101), of: full)
        let fresh = places.place(0, in: image, labelled: [])
        #expect(fresh?.x == 264 && fresh?.uncertainty == 101.0 / 255)
        places.add(tile(1, of: full, 99), of: full)
        let stale = places.place(0, in: image, labelled: [])
        #expect(stale?.x == 8 && stale?.uncertainty == 200.0 / 255, "it is told as it was made")
        places.add(tile(0, of: full, 98), of: full)
        #expect(places.place(0, in: image, labelled: [])?.x == 264, "a newer forest is surer there")
    }

    @Test func `a tile without its uncertainty leaves what is known of it`() {
        let full = Self.resolution(0, 1024, 256)
        var places = DoubtfulPlaces()
        places.add(tile(1, of: full, 90), of: full)
        let key = TileKey(image: image, level: 0, column: 1, row: 0)
        #expect(places.isFresh(key))
        places.markStale(level: 0)
        places.add(
            LiveTile(
                image: image, level: 0, column: 1, row: 0, width: 256, height: 256, revision: 2, exactness: .live,
                maps: [.labels: [UInt8](repeating: 1, count: 256 * 256)], classes: [1, 2]), of: full)
        #expect(!places.isFresh(key))
        #expect(places.place(0, in: image, labelled: [])?.x == 264)
        places.removeAll(of: [1])
        #expect(places.place(0, in: image, labelled: [])?.x == 264, "another resolution is forgotten")
        places.removeAll(of: [0, 1])
        #expect(all(places).isEmpty)
    }

    @Test func `of all tiles those that were made last are known`() {
        let full = Self.resolution(0, 1024, 256)
        var places = DoubtfulPlaces(tilesMax: 2)
        for (column, doubt) in [(0, 200), (1, 100), (0, 150), (2, 50)] as [(Int, UInt8)] {
            places.add(tile(column, of: full, doubt), of: full)
        }
        let found = all(places)
        #expect(Set(found.map { $0.x / 256 }) == [0, 2], "the second is the oldest: the first was made again")
        #expect(found.first?.uncertainty == 150.0 / 255)
    }

    @Test func `places are of the resolution that covers most of the image, of two of the finer`() {
        let full = Self.resolution(0, 1001, 777)
        let half = Self.resolution(1, 501, 389, full: (1001, 777))
        var places = DoubtfulPlaces()
        places.add(tile(0, of: full, 10), of: full)
        for row in 0..<2 {
            for column in 0..<2 { places.add(tile(column, row, of: half, UInt8(200 + row + column)), of: half) }
        }
        #expect(places.resolution(of: image) == half)
        let far = all(places)
        #expect(far.allSatisfy { $0.uncertainty > 0.7 && $0.x < 1001 && $0.y < 777 })
        #expect(far[0].x > 512 && far[0].y > 512, "the worst is the last tile")
        for row in 0..<4 {
            for column in 0..<4 where (column, row) != (3, 3) { places.add(tile(column, row, of: full, 10), of: full) }
        }
        #expect(places.resolution(of: image) == half, "a corner is not known")
        places.add(tile(3, 3, of: full, 10), of: full)
        #expect(places.resolution(of: image) == full, "both cover all of it")
        #expect(places.place(0, in: image, labelled: [])?.uncertainty == 10.0 / 255)
        places.markStale(level: 0)
        #expect(places.resolution(of: image) == full, "what is stale is known, too")
    }
}
