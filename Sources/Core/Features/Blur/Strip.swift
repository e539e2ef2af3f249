/// The unit of blurring: positions along the filtered axis, by lanes across it.
///
/// The vertical pass reads strips of 32 columns, `[row][column]`; the horizontal pass reads one strip of 32 rows, `[column][row]`.
/// So both passes are the same loop over aligned vectors, and 160 positions, the reach of sigma 16, are 20 KiB: they stay in the
/// first-level cache.
enum Strip {
    /// Floats of one position.
    static let lanes = 32

    /// `count` rounded up to whole vectors.
    static func wholeVectors(_ count: Int) -> Int { (count + Lanes.count - 1) / Lanes.count * Lanes.count }
}

/// Planes that can be blurred: `[channel][row][column]`, as `GaussianBlur` reads them.
protocol StripSource {
    /// Rows of the window.
    var height: Int { get }

    /// Writes the floats of `count` values of a channel's row, from column `left` on: whole vectors, so up to seven too many.
    /// Values beyond the window may be anything.
    func copyFloats(row: Int, channel: Int, left: Int, count: Int, to target: UnsafeMutablePointer<Float>)
}
