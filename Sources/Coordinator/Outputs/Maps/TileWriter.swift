/// Writes one output of a segmentation, tile by tile in any order. A new output is a new type that does this, and one line in
/// `SegmentationOutputs`.
///
/// Not safe to share between threads.
protocol TileWriter: AnyObject {
    func write(_ tile: borrowing SegmentedTile) throws

    /// Prepares the output for workers that write tiles of this side themselves, and returns how; nil if they cannot.
    func offer(tileSide: Int) throws -> SharedMap?

    /// Completes the content, on disk, still under a temporary name. Comes once all tiles are written.
    func seal() throws

    /// Gives the output its final name. Comes once all outputs of the image are sealed.
    func publish() throws

    /// The final names of the files written.
    var paths: [String] { get }
}

extension TileWriter {
    func offer(tileSide: Int) throws -> SharedMap? { nil }
}
