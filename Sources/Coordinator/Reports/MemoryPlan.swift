internal import Core
internal import Foundation

/// What a phase is going to take in memory, said before it begins: bytes, to the nearest megabyte, of buffers whose size follows
/// from the inputs; programs themselves take some 40 MB each.
struct MemoryPlan {
    /// What is cut into jobs, such as `64 tiles of 1024²`.
    let work: String
    /// What one slot computes in.
    let slot: ByteCount
    /// What every worker keeps besides: the model, or the training table.
    let worker: ByteCount
    /// What the coordinator holds at once.
    let coordinator: ByteCount

    /// One line for people.
    var line: String {
        "plan      \(work); memory: \(Self.megabytes(slot)) a slot and \(Self.megabytes(worker)) a worker, "
            + "\(Self.megabytes(coordinator)) here"
    }

    private static func megabytes(_ count: ByteCount) -> String { "\(max(1, count.bytes / 1_000_000)) MB" }
}

extension MemoryPlan {
    /// The plan of a segmentation.
    ///
    /// - Parameters:
    ///   - rowByteCount: bytes of one decoded row of the image.
    ///   - modelBytes: the model's document.
    ///   - slots: of all workers.
    init(
        segmenting grid: TileGrid, rowByteCount: Int, model: SegmentationModel, modelBytes: Int, slots: Int,
        probabilities: TileJob.ProbabilityType?, uncertainty: TileJob.ProbabilityType?
    ) {
        // The second tile has a halo on every side, if any has.
        let tile = grid.tile(row: min(1, grid.rows - 1), column: min(1, grid.columns - 1))
        let first = grid.tile(row: 0, column: 0)
        let largest = tile.window.area > first.window.area ? tile : first
        let window = ByteCount(largest.window.area, max(1, rowByteCount / grid.imageWidth))
        let rows = grid.windowRows(ofRow: min(1, grid.rows - 1)).count
        let mapBytes = ByteCount(
            1 + (probabilities?.element.byteCount ?? 0) * model.classes.count + (uncertainty?.element.byteCount ?? 0))
        work = "\(grid.count) tile\(grid.count == 1 ? "" : "s") of \(first.core.width)×\(first.core.height)"
        slot = TileJob.workspaceBytes(
            core: largest.core, window: ByteCount(window.bytes, 2), model: model, probabilities: probabilities,
            uncertainty: uncertainty)
        worker = ByteCount(modelBytes)
        // The band that tiles are cut from, two requests a slot as text, and the maps of two rows of tiles.
        coordinator =
            ByteCount(rows, rowByteCount) + ByteCount(2 * slots, window.bytes, 2)
            + ByteCount(2, grid.imageWidth, first.core.height, mapBytes.bytes)
    }

    /// The plan of the growth of a forest.
    init(training table: TrainingTable, trees: Int, treesPerJob: Int) {
        let bins = ByteCount(table.sampleCount, table.featureCount)
        work = "\(trees) trees on \(table.sampleCount) samples"
        slot = TreeJob.workspaceBytes(table: table, treeCount: treesPerJob)
        // As it came, and as it is used.
        worker = ByteCount(2, bins.bytes)
        // Samples as numbers and as bins, and the table's document.
        coordinator = ByteCount(bins.bytes, 4) + bins + ByteCount(bins.bytes, 2)
    }
}
