internal import Core

/// A finished strip of a segmented image: all columns of the rows `firstRow ..< firstRow + height`.
struct SegmentedBand {
    let firstRow: Int
    let height: Int
    let width: Int
    /// Class indices `[row][column]`.
    var classes: [UInt8]
    /// Probabilities `[class][row][column]` as the job's element type; empty unless asked for.
    var probabilities: [UInt8]
    /// Uncertainty `[row][column]`, likewise.
    var uncertainty: [UInt8]
    /// Source pixels of the band; nil unless a map shows them.
    var pixels: PixelBuffer?
}

/// Writes one output of a segmentation, band by band from the top. A new output is a new type that does this, and one line in `SegmentationOutputs`.
///
/// Not safe to share between threads.
protocol BandWriter: AnyObject {
    func write(_ band: borrowing SegmentedBand) throws

    /// Completes the content, on disk, still under a temporary name.
    func seal() throws

    /// Gives the output its final name. Comes once all outputs of the image are sealed.
    func publish() throws

    /// The final names of the files written.
    var paths: [String] { get }
}
