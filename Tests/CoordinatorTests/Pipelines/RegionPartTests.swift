@testable import Imaging
@testable import Jobs
@testable import Protocol
import Testing

@testable import Coordinator

/// Tiles and pixels of which a part lies in a region.
@Suite struct RegionPartTests {
    private static let diagonal = RegionMask.Part.some([true, false, false, true])

    @Test func `outside of a region a tile has no class and no share`() {
        let tile = TileGrid(imageWidth: 2, imageHeight: 2, tileSide: 2, haloPixels: 0).tile(row: 0, column: 0)
        // Two classes of shares of 16 bits, and one value of 32 bits.
        let shares = [UInt8](1...16)
        let given = SegmentedTile(
            tile, page: 3, sent: [.labels: [0, 1, 1, 0], .probabilities: shares, .uncertainty: shares], pixels: nil)
        let elements: [MapKind: WireElement] = [.labels: .uint8, .probabilities: .uint16, .uncertainty: .float32]
        let masked = given.inside(Self.diagonal, elements: elements)
        #expect(masked.tile == tile && masked.page == 3)
        #expect(masked.values(.labels) == [0, 255, 255, 0])
        #expect(masked.values(.probabilities) == [1, 2, 0, 0, 0, 0, 7, 8, 9, 10, 0, 0, 0, 0, 15, 16])
        #expect(masked.values(.uncertainty) == [1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 13, 14, 15, 16])
        #expect(given.inside(.whole, elements: elements).sent == given.sent)
    }

    @Test func `outside of a region pixels are 0 in all channels`() {
        let image = PixelBuffer(width: 2, height: 2, channels: 2, sampleType: .uint16, bytes: [UInt8](1...16))
        #expect(image.inside(Self.diagonal).bytes == [1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 13, 14, 15, 16])
        #expect(image.inside(.whole) == image)
    }

    @Test(arguments: [(RegionMask.Part.nothing, 4), (.whole, 0), (diagonal, 2)])
    func `pixels outside are counted`(part: RegionMask.Part, count: Int) {
        #expect(part.outsideCount(of: 4) == count)
    }
}
