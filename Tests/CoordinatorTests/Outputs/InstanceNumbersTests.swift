@testable import Formats
import Foundation
@testable import Imaging
import Testing

@testable import Coordinator

/// Objects painted by their numbers, which are known once all tiles are.
@Suite struct InstanceNumbersTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Tiles of two pixels in an image of 3 × 3: the last column and row are one pixel wide. Runs are (row, first, end, part).
    @Test(arguments: ["objects.tif", "objects.zarr"])
    func `each run has the number of its part, and a part without a number is no object`(name: String) throws {
        let map = try InstanceMap(path: folder(name), width: 3, height: 3, metadata: .none)
        let numbers = try InstanceNumbers([map], scratch: folder.path)
        // In the order in which tiles come; parts are numbered in it.
        try numbers.keep([0, 0, 1, 0], ofTile: 3, first: 0, count: 1)
        try numbers.keep([0, 0, 1, 0, 0, 1, 2, 1, 1, 0, 2, 1], ofTile: 0, first: 1, count: 2)
        try numbers.keep([], ofTile: 2, first: 3, count: 0)
        try numbers.keep([0, 0, 1, 1, 1, 0, 1, 0], ofTile: 1, first: 3, count: 2)
        try numbers.set(70_000, ofPart: 0)
        try numbers.set(2, ofPart: 2)
        try numbers.set(3, ofPart: 4)
        try numbers.paint(TileGrid(imageWidth: 3, imageHeight: 3, tileSide: 2, haloPixels: 0), partCount: 5)
        try numbers.seal()
        try numbers.publish()
        let found = try ImageFile.readAll(path: folder(name))
        #expect(found.sampleType == .uint32)
        #expect(
            (0..<9).map { found.value(at: $0) } == [
                0, 2, 3,
                2, 2, 0,
                0, 0, 70_000,
            ])
    }
}
