internal import Imaging

/// The blurred rows of one channel and sigma around a block, with the rows and columns beyond the window that the derivatives ask for.
///
/// Layout: slots of `pitch` floats. Slot `lead + i` holds the block's row i, the slots before it the last rows of the block above,
/// the slots behind it rows below the window. Within a slot, the core's first column is at `margin`. A block's last rows, as many as
/// kernels lag behind, wait for the rows below them, and themselves need a reach of rows above: hence a lead of both.
///
/// Beyond the window g continues as g₋₁ = g₀ + (g₀ − g₁) and g₋₂ = 4 (g₀ − g₁) + g₂. Central differences, taken twice, are
/// then equal to `np.gradient` of `np.gradient` with its one-sided differences at the borders:
/// g₁ − g₋₁ = 2 (g₁ − g₀), and so on for the second. Of an axis of one pixel every continuation is that pixel, its derivative 0.
struct BlurredRows {
    /// Rows and columns that a plane is continued by beyond the window, if the reach is as wide.
    private static let ghosts = 2

    private(set) var pitch = 0
    /// Slots before the block's first row.
    private var lead = 0
    /// Floats before the core's first column.
    private var margin = 0
    private var region = BlurRegion()
    private var slots = AlignedBuffer<Float>()
    private var carried = AlignedBuffer<Float>()

    /// - Parameters:
    ///   - planes: channels times sigmas, each of which keeps rows from block to block by `carry`.
    ///   - lag: rows by which kernels lag behind the block's last one, at least the region's reach.
    ///   - widestReach: of all rows that are to have the same layout.
    mutating func prepare(region: BlurRegion, planes: Int, lag: Int, widestReach: Int) {
        self.region = region
        lead = lag + region.reach
        margin = Strip.wholeVectors(widestReach + Self.ghosts)
        // An odd number of 64-byte lines, so that the rows of a column do not fall into one cache set.
        pitch = ((2 * margin + Strip.wholeVectors(region.core.width) + 2 * Lanes.count) / 16 | 1) * 16 + 32
        slots = slots.reserving((lead + Strip.lanes + Self.ghosts) * pitch)
        carried = carried.reserving(planes * lead * pitch)
    }

    /// The block's rows, for kernels.
    ///
    /// - Parameter top: the block's first row, in the window.
    func rows(top: Int) -> PlaneRows { PlaneRows(first: UnsafePointer(row(0)), top: top, pitch: pitch) }

    /// Where the blur writes the block's first row, from the first column on that is needed with this reach.
    func blurTarget(reach: Int) -> UnsafeMutablePointer<Float> {
        row(0) + (region.with(reach: reach).columns.lowerBound - region.core.x)
    }

    /// The core's first column of row `index` of the block: −`lead`…33, those outside the window included.
    private func row(_ index: Int) -> UnsafeMutablePointer<Float> {
        slots.base + (lead + index) * pitch + margin
    }

    /// Brings back the rows that `carry` kept of the block above.
    func restoreCarried(plane: Int) {
        slots.base.update(from: carried.base + plane * lead * pitch, count: lead * pitch)
    }

    /// Keeps the last rows of a full block for the next one of the same channel and sigma.
    func carry(plane: Int) {
        (carried.base + plane * lead * pitch)
            .update(from: slots.base + Strip.lanes * pitch, count: lead * pitch)
    }

    /// Moves the last rows of a full block before the next one's, for a plane that has these slots to itself.
    func advance() { slots.base.update(from: slots.base + Strip.lanes * pitch, count: lead * pitch) }

    /// Makes the block's first `count` rows a term of a mean: the first term replaces them, others are added, and the last
    /// one also multiplies the sum by `1 / terms`. Of one term the rows are copied.
    func average(_ rows: BlurredRows, count: Int, term: Int, of terms: Int) {
        let (source, target) = (rows.row(0) - margin, row(0) - margin)
        if term == 0 { return target.update(from: source, count: count * pitch) }
        let factor = Lanes(repeating: term == terms - 1 ? 1 / Float(terms) : 1)
        for index in stride(from: 0, to: count * pitch, by: Lanes.count) {
            ((Lanes(target + index) + Lanes(source + index)) * factor).store(to: target + index)
        }
    }

    /// Continues the block's rows, `top ..< top + count` of the window, beyond the window's borders where the core is near them
    /// and the reach is wide enough for second derivatives.
    func extrapolate(top: Int, count: Int) {
        guard region.reach >= Self.ghosts else { return }
        for index in 0..<count { extrapolateColumns(of: row(index)) }
        extrapolateRows(top: top, count: count)
    }

    private func extrapolateColumns(of row: UnsafeMutablePointer<Float>) {
        let core = region.core
        let width = region.windowWidth
        let nearLeft = core.x < region.reach
        let nearRight = core.endX + region.reach > width
        guard nearLeft || nearRight else { return }
        // `line[x]` is column x of the window.
        let line = row - core.x
        if width == 1 {
            for column in [-2, -1, 1, 2] { line[column] = line[0] }
            return
        }
        if nearLeft { line[-1] = line[0] + (line[0] - line[1]) }
        let last = width - 1
        if nearRight { line[width] = line[last] + (line[last] - line[last - 1]) }
        if nearLeft { line[-2] = line[2].addingProduct(4, line[0] - line[1]) }
        if nearRight { line[width + 1] = line[last - 2].addingProduct(4, line[last] - line[last - 1]) }
    }

    private func extrapolateRows(top: Int, count: Int) {
        let height = region.windowHeight
        let atTop = top == 0 && region.core.y < region.reach
        let atBottom = top + count == height && region.core.endY + region.reach > height
        if height == 1 {
            for index in [-2, -1, 1, 2] { row(index, from: 0, 0, 0, second: false) }
            return
        }
        let last = count - 1
        if atTop { row(-1, from: 0, 1, 1, second: false) }
        if atBottom { row(count, from: last, last - 1, last - 1, second: false) }
        if atTop { row(-2, from: 0, 1, 2, second: true) }
        if atBottom { row(count + 1, from: last, last - 1, last - 2, second: true) }
    }

    /// Writes row `index`: first continuation g₀ + (g₀ − g₁), or the second, 4 (g₀ − g₁) + g₂.
    private func row(_ index: Int, from g0: Int, _ g1: Int, _ g2: Int, second: Bool) {
        let target = row(index) - margin
        let (zero, one, two) = (row(g0) - margin, row(g1) - margin, row(g2) - margin)
        let four = Lanes(repeating: 4)
        for column in stride(from: 0, to: pitch, by: Lanes.count) {
            let difference = Lanes(zero + column) - Lanes(one + column)
            let value = second ? Lanes(two + column).plus(four, times: difference) : Lanes(zero + column) + difference
            value.store(to: target + column)
        }
    }
}
