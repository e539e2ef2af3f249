internal import Forest
internal import Imaging
internal import Primitives

/// What a phase is going to take in memory, said before it begins: peaks of whole processes, in bytes.
///
/// Sizes of buffers follow from the inputs; how many of them are alive at once, kept free ones among them, was measured (tiles of 256² to
/// 2048² of images of 2048² and 8192², tables of 20,000 and 200,000 samples): peaks were 0.75 to 1.2 of these figures.
struct MemoryPlan {
    /// What is cut into jobs, such as `64 tiles of 1024×1024`.
    let work: String
    /// A worker of one slot.
    let worker: ByteCount
    let coordinator: ByteCount

    /// A program with nothing to do.
    private static let program = ByteCount(45_000_000)

    /// One line for people.
    var line: String {
        "plan      \(work); memory: about \(Self.megabytes(worker)) a worker of one slot, \(Self.megabytes(coordinator)) here"
    }

    private static func megabytes(_ count: ByteCount) -> String { "\(count.bytes / 1_000_000) MB" }
}

extension MemoryPlan {
    /// The plan of a segmentation.
    ///
    /// - Parameters:
    ///   - rowByteCount: bytes of one decoded row of the image.
    ///   - isBanded: whether the image is read in bands as wide as it is; windows are read otherwise.
    ///   - modelBytes: the model's document.
    ///   - slots: of all workers.
    ///   - planes: of the image, each of which has all tiles.
    ///   - images: that are segmented like this one.
    init(
        segmenting grid: TileGrid, rowByteCount: Int, isBanded: Bool, modelBytes: Int, slots: Int, planes: Int = 1,
        images: Int = 1
    ) {
        // The second tile has a halo on every side, if any has.
        let second = grid.tile(row: min(1, grid.rows - 1), column: min(1, grid.columns - 1))
        let first = grid.tile(row: 0, column: 0)
        let pixels = max(first.window.area, second.window.area)
        let window = ByteCount(pixels, max(1, rowByteCount / grid.imageWidth))
        let text = ByteCount(window.bytes / 3, 4)
        let band = ByteCount(isBanded ? rowByteCount : 0, grid.windowRows(ofRow: min(1, grid.rows - 1)).count)
        let tiles = "\(grid.count) tile\(grid.count == 1 ? "" : "s") of \(first.core.width)×\(first.core.height)"
        let planesText = planes > 1 ? " a plane, \(planes) planes" : ""
        let imagesText = images > 1 ? " an image, \(images) images" : ""
        work = tiles + planesText + imagesText
        worker = Self.program + ByteCount(16, text.bytes) + ByteCount(2, modelBytes)
        // The band that tiles are cut from and the next, windows that wait, requests as text; and a third for what comes back.
        let held =
            ByteCount(2, band.bytes) + ByteCount(min(grid.count, max(16, 4 * slots)), window.bytes)
            + ByteCount(2 * slots, text.bytes)
        coordinator = Self.program + ByteCount(held.bytes / 3, 4) + ByteCount(2, modelBytes)
    }

    /// The plan of the growth of a forest on a table in blocks.
    init(blocked table: TableShape, parameters: ForestParameters) {
        let draws = parameters.maxSamples.count(of: table.sampleCount)
        work = "\(parameters.trees) trees on \(table.sampleCount) samples"
        // The blocks, and what a tree is grown from.
        worker = Self.program + ByteCount(table.sampleCount, table.featureCount + 1) + ByteCount(draws, table.featureCount + 56)
        coordinator = Self.program + ByteCount(512 << 20, 1) + ByteCount(table.sampleCount, 1)
    }

    /// The plan of the growth of a forest.
    init(training table: TableShape, trees: Int) {
        let bins = ByteCount(table.sampleCount, table.featureCount)
        work = "\(trees) trees on \(table.sampleCount) samples"
        // The document, the table, and what trees are grown in; samples as numbers, bins and document.
        worker = Self.program + ByteCount(3, bins.bytes) + ByteCount(table.sampleCount, 56)
        coordinator = Self.program + ByteCount(8, bins.bytes)
    }
}
