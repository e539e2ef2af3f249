internal import Foundation
internal import Imaging
internal import Jobs
internal import Protocol

/// One tile as it comes back from a worker, checked against the model. Maps that were not asked for, or that the worker has written, are
/// empty.
package struct SegmentedTile: Sendable {
    let tile: Tile
    /// Class indices `[row][column]`.
    let classes: [UInt8]
    /// `[class][row][column]`.
    let probabilities: [UInt8]
    /// `[row][column]`.
    let uncertainty: [UInt8]
    /// Source pixels of the core, for overlays.
    let pixels: PixelBuffer?
    /// The maps whose chunks the worker has written.
    let written: WrittenMaps?
    /// Why the worker, which may write maps, did not.
    let unwritten: String?

    /// - Throws: `WireError.invalid` for a result that cannot be the job's.
    init(_ tile: Tile, _ output: TileJob.Output, pixels: PixelBuffer?, classCount: Int) throws(WireError) {
        classes = output.classes?.elements(as: UInt8.self) ?? []
        if let bad = classes.first(where: { Int($0) >= classCount }) {
            throw .invalid("classes: expected indices below \(classCount), found \(bad)")
        }
        try output.probabilities?.requireShares([classCount, tile.core.height, tile.core.width], "probabilities")
        try output.uncertainty?.requireShares([tile.core.height, tile.core.width], "uncertainty")
        probabilities = output.probabilities.map { [UInt8]($0.bytes) } ?? []
        uncertainty = output.uncertainty.map { [UInt8]($0.bytes) } ?? []
        written = output.written
        unwritten = output.unwritten
        self.tile = tile
        self.pixels = pixels
    }
}

extension WireArray {
    /// Throws unless the array has this shape and, if it holds floats, only values from 0 to 1.
    func requireShares(_ shape: [Int], _ what: String) throws(WireError) {
        try require(dtype, shape, what)
        if dtype == .float32, !elements(as: Float.self).allSatisfy({ $0 >= 0 && $0 <= 1 }) {
            throw .invalid("\(what): expected values from 0 to 1")
        }
    }
}
