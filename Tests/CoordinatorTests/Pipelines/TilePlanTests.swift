@testable import Imaging
@testable import Primitives
import Testing

@testable import Coordinator

/// How images are cut before anything of them is computed.
@Suite struct TilePlanTests {
    @Test(
        arguments: [
            // One slot wants two tiles, eight slots sixteen.
            (1, 1, 1, 1, 256), (512, 512, 1, 1, 256), (513, 1, 1, 1, 512), (1024, 1024, 1, 1, 512), (1025, 1, 1, 1, 1024),
            (1, 1025, 1, 1, 1024), (4096, 4096, 8, 1, 1024), (4096, 4096, 9, 1, 512), (4095, 3073, 8, 1, 1024),
            (4095, 3072, 8, 1, 512),
            // Several images share the slots: ⌈8 / 8⌉ = 1 tile of each, ⌈8 / 3⌉ = 3.
            (1024, 1024, 4, 8, 1024), (1024, 1024, 4, 3, 512), (512, 512, 4, 3, 256), (1, 1, 1, 1000, 1024),
        ])
    func `tiles are as large as they may be for every slot to have two`(
        width: Int, height: Int, slots: Int, images: Int, side: Int
    ) {
        #expect(ImageSegmentation.tileSide(forImageOf: width, height, slots: slots, imageCount: images) == side)
    }

    @Test(
        arguments: [
            // A band of 2³¹ bytes: of rows of 4 MiB it has 512, of 128 MiB it has 16.
            (0, 100, nil, 1024, 1024), (1 << 20, 0, nil, 1024, 1024), (1 << 22, 0, nil, 1024, 512),
            (1 << 22, 100, nil, 1024, 256), (1 << 22, 1, nil, 512, 256), (1 << 27, 0, nil, 1024, 16), (1 << 27, 0, nil, 20, 10),
            (1 << 22, 0, 512, 1024, 512),
            (1 << 22, 6, 500, 1024, 500), (1 << 20, 0, 7, 1024, 7),
        ] as [(Int, Int, Int?, Int, Int)])
    func `tiles are made smaller until a band of them fits`(
        rowByteCount: Int, haloPixels: Int, asked: Int?, preferred: Int, side: Int
    ) throws {
        let budget = BandBudget(rowByteCount: rowByteCount, haloPixels: haloPixels)
        let found = try budget.tileSide(asked, preferred: preferred, image: "a.png")
        #expect(found == side)
    }

    @Test(
        arguments: [(1 << 22, 0, 513, 513), (1 << 22, 6, 501, 501), (1 << 27, 1, nil, 16), (1 << 28, 0, nil, 16)]
            as [(Int, Int, Int?, Int)])
    func `a band that does not fit is refused`(rowByteCount: Int, haloPixels: Int, asked: Int?, side: Int) throws {
        let budget = BandBudget(rowByteCount: rowByteCount, haloPixels: haloPixels)
        let error = #expect(throws: CoordinatorError.self) {
            try budget.tileSide(asked, preferred: 1024, image: "a.png")
        }
        let need = (side + 2 * haloPixels) * rowByteCount
        let expected =
            "a.png: expected at most 2147483648 bytes for a band of tiles of \(side) pixels and its halo, found a need of \(need); "
            + "take a smaller --tile or --sigma-max"
        #expect(error?.description == expected && error?.kind == .badInput)
    }

    @Test(
        arguments: [
            // Regions reach twice their size, holes one more than theirs: 200, 600, 3000 and 11 pixels.
            (100, 0, 5000, 1000, 1648, 200), (300, 0, 5000, 1000, 2896, 600), (1500, 0, 9000, 9000, 2192, 3000),
            (0, 10, 5000, 5000, 2026, 11), (256, 0, 5000, 5000, 1024, 512), (256, 1, 5000, 5000, 1024, 512),
            // The largest window has 512 pixels of core, or is the image.
            (1920, 0, 9000, 9000, 512, 3840), (1921, 0, 500, 400, 508, 3842), (1921, 0, 1000, 800, 1000, 3842),
            (1921, 0, 8192, 8192, 8192, 3842), (1, 1, 5000, 5000, 2048, 0), (5000, 5000, 1, 1, 1, 15001),
        ])
    func `classes are cleaned in windows of which at least half is core`(
        region: Int, hole: Int, width: Int, height: Int, side: Int, reach: Int
    ) throws {
        let info = ImageInfo(width: width, height: height, channels: 1, sampleType: .uint8)
        let cleanup = RegionCleanup(regionPixels: region, holePixels: hole)
        let grid = try CleanupWindows(cleanup, of: ImageInput(path: "a.png"), info).grid
        #expect(grid == TileGrid(imageWidth: width, imageHeight: height, tileSide: side, haloPixels: reach))
    }

    @Test func `an image in which regions reach too far is refused`() throws {
        let info = ImageInfo(width: 8193, height: 8192, channels: 1, sampleType: .uint8)
        let cleanup = RegionCleanup(regionPixels: 1921, holePixels: 0)
        let error = #expect(throws: CoordinatorError.self) {
            try CleanupWindows(cleanup, of: ImageInput(path: "a.png"), info)
        }
        #expect(
            error?.description
                == "a.png: expected --min-region and --fill-holes with 2 × regions + holes of at most 3840 pixels for an image of "
                + "8193×8192, found 3842")
    }

    @Test func `a plan says the tiles and the memory`() {
        let dot = TileGrid(imageWidth: 1, imageHeight: 1, tileSide: 256, haloPixels: 9)
        let small = MemoryPlan(segmenting: dot, rowByteCount: 1, isBanded: true, modelBytes: 0, slots: 1)
        #expect(small.line == "plan      1 tile of 1×1; memory: about 45 MB a worker of one slot, 45 MB here")
        let series = MemoryPlan(segmenting: dot, rowByteCount: 1, isBanded: true, modelBytes: 0, slots: 1, planes: 4, images: 3)
        #expect(series.work == "1 tile of 1×1 a plane, 4 planes an image, 3 images")
        // Windows of 3 MB, as text 4 MB. Worker: 45 + 16 · 4 + 2 · 10. Here: 45 + 4/3 · (2 · 9 + 9 · 3 + 2 · 4) + 2 · 10.
        let grid = TileGrid(imageWidth: 3000, imageHeight: 3000, tileSide: 1000, haloPixels: 0)
        let large = MemoryPlan(segmenting: grid, rowByteCount: 9000, isBanded: true, modelBytes: 10_000_000, slots: 1)
        #expect(large.line == "plan      9 tiles of 1000×1000; memory: about 129 MB a worker of one slot, 135 MB here")
        // Without the two bands: 45 + 4/3 · (9 · 3 + 2 · 4) + 2 · 10.
        let windows = MemoryPlan(segmenting: grid, rowByteCount: 9000, isBanded: false, modelBytes: 10_000_000, slots: 1)
        #expect(windows.coordinator.bytes / 1_000_000 == 111)
    }
}
