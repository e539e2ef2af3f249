/// Keeps the rows of an image that are held at once within bounds, whatever its header claims.
struct BandBudget {
    /// Bytes of one decoded row.
    let rowByteCount: Int
    let haloPixels: Int

    /// Bytes of one band of tiles with its halo.
    static let bytesMax = 1 << 31

    /// The side of the tiles: the one asked for, or the preferred one made smaller until a band fits.
    ///
    /// - Throws: a bad-input error when no band fits, or not the one asked for.
    func tileSide(_ asked: Int?, preferred: Int, image: String) throws(CommandError) -> Int {
        var side = asked ?? preferred
        if asked == nil {
            while side > 16, byteCount(side) > Self.bytesMax { side /= 2 }
        }
        guard byteCount(side) <= Self.bytesMax else {
            throw CommandError(
                .badInput,
                "\(image): expected at most \(Self.bytesMax) bytes for a band of tiles of \(side) pixels and its halo, "
                    + "found a need of \(byteCount(side)); take a smaller --tile or --sigma-max")
        }
        return side
    }

    private func byteCount(_ side: Int) -> Int { (side + 2 * haloPixels) * rowByteCount }
}
