import Foundation
@testable import Imaging
@testable import Jobs
@testable import Primitives
@testable import Protocol
import Testing

@testable import Coordinator

/// The windows of an image, from its first tile to its last.
@Suite struct TileWindowsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// An image of which the pixel in row r, column c has the value 10 r + c, decoded row by row.
    private func image(_ width: Int, _ height: Int) throws -> ImageInput {
        let bytes = (0..<height).flatMap { row in (0..<width).map { UInt8(10 * row + $0) } }
        let image = PixelBuffer(width: width, height: height, channels: 1, sampleType: .uint8, bytes: bytes)
        try image.write(to: folder("image.png"))
        return ImageInput(path: folder("image.png"))
    }

    private func access(_ reference: ImageReference? = nil) -> ImageAccess {
        ImageAccess(reference: reference, locality: nil, pixels: nil, mayLackData: false, tally: WindowTally())
    }

    private func windows(_ width: Int, _ height: Int, side: Int, halo: Int) throws -> TileWindows {
        let grid = TileGrid(imageWidth: width, imageHeight: height, tileSide: side, haloPixels: halo)
        return TileWindows(image: try image(width, height), grid: grid, access: access(), clock: PhaseClock())
    }

    @Test func `each tile has its core, and around it what the image has`() throws {
        var windows = try windows(5, 3, side: 2, halo: 1)
        let expected: [(core: PixelRect, pixels: [UInt8], own: [UInt8])] = [
            (PixelRect(x: 0, y: 0, width: 2, height: 2), [0, 1, 2, 10, 11, 12, 20, 21, 22], [0, 1, 10, 11]),
            (
                PixelRect(x: 1, y: 0, width: 2, height: 2), [1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24], [2, 3, 12, 13]
            ),
            (PixelRect(x: 1, y: 0, width: 1, height: 2), [3, 4, 13, 14, 23, 24], [4, 14]),
            (PixelRect(x: 0, y: 1, width: 2, height: 1), [10, 11, 12, 20, 21, 22], [20, 21]),
            (PixelRect(x: 1, y: 1, width: 2, height: 1), [11, 12, 13, 14, 21, 22, 23, 24], [22, 23]),
            (PixelRect(x: 1, y: 1, width: 1, height: 1), [13, 14, 23, 24], [24]),
        ]
        for (index, (core, pixels, own)) in expected.enumerated() {
            #expect(windows.nextRow == index / 3)
            guard let (tile, window) = try windows.next() else {
                Issue.record("\(index) tiles")
                return
            }
            let document = try window.document(nil)
            #expect(tile.index == index && document.core == core && window.outline.core == core, "tile \(index)")
            #expect(document.pixels.map { [UInt8]($0.bytes) } == pixels, "tile \(index)")
            let found = try windows.corePixels(of: tile)
            #expect(found.bytes == own, "tile \(index)")
            #expect(!window.continuesPrevious && window.gaps == .nowhere)
        }
        let isOver = try windows.next() == nil
        #expect(isOver && windows.nextRow == 2)
    }

    @Test(arguments: [(1, 1, 1), (1, 1, 7), (4, 2, 100)])
    func `an image that is one tile is one window`(width: Int, height: Int, side: Int) throws {
        var windows = try windows(width, height, side: side, halo: 3)
        guard let (tile, window) = try windows.next() else {
            Issue.record("no tile")
            return
        }
        let whole = PixelRect(x: 0, y: 0, width: width, height: height)
        #expect(tile.core == whole && tile.window == whole && window.outline.core == whole)
        let isOver = try windows.next() == nil
        #expect(isOver)
    }

    @Test func `a tile that is passed over is not read, and those after it are`() throws {
        var windows = try windows(5, 3, side: 2, halo: 0)
        for _ in 0..<4 { windows.skip() }
        #expect(windows.nextRow == 1)
        guard let (tile, window) = try windows.next() else {
            Issue.record("no tile")
            return
        }
        let document = try window.document(nil)
        #expect(tile.index == 4 && document.pixels.map { [UInt8]($0.bytes) } == [22, 23])
    }

    @Test func `windows that workers read go to one worker in runs of four of a row`() throws {
        let grid = TileGrid(imageWidth: 9, imageHeight: 2, tileSide: 1, haloPixels: 0)
        let whole = PixelRect(x: 0, y: 0, width: 9, height: 2)
        let reference = ImageReference(path: "/a.tif", size: 1, modified: 2, window: whole)
        var windows = TileWindows(
            image: ImageInput(path: "/a.tif"), grid: grid, access: access(reference), clock: PhaseClock())
        var found: [Bool] = []
        while let (tile, window) = try windows.next() {
            found.append(window.continuesPrevious)
            // Each is named, whatever name the worker has for the image.
            let source = try window.document("b.tif").source
            #expect(source?.window == tile.window && source?.path == "b.tif")
            let own = try window.document(nil).source
            #expect(own?.path == "/a.tif")
        }
        let row = [false, true, true, true, false, true, true, true, false]
        #expect(found == row + row)
    }
}
