/// The Gaussian blurs of one channel at all sigmas, a block of up to 32 rows at a time.
///
/// 1. `blurVertically`: strips of 32 columns are converted to float once (value · scale) with enough rows above and below, the window's
///    first and last row repeated beyond it; every sigma filters the strip and stores it transposed, `[column][row]`.
/// 2. `blurHorizontally`: the first and last column of the window, once filtered, are repeated beyond it; the same filter runs along the
///    transposed rows, and the result is transposed back to `[row][column]`.
///
/// Each pass rounds to float, as scikit-image's does; that one accumulates in double precision, this one in float, which differs
/// by at most 6e−7 for values of 0…1.
struct GaussianBlur {
    /// Transposed columns in front of the first that is needed: a group of eight may start up to seven columns early.
    private static let slack = Lanes.count

    private var weights: [GaussianWeights] = []
    private var sigmas: [Double] = []
    /// The region that each sigma is needed in.
    private var regions: [BlurRegion] = []
    private var largestRadius = 0
    /// First float of each sigma's transposed rows.
    private var starts: [Int] = []
    private var strip = AlignedBuffer<Float>()
    private var transposed = AlignedBuffer<Float>()
    private var square = AlignedBuffer<Float>()

    /// Sets up for `region`; no buffer is allocated when the sigmas and sizes are those of the call before.
    ///
    /// - Parameter reaches: those of each sigma, none wider than the region's; nil for the region's.
    mutating func prepare(sigmas: [Double], region: BlurRegion, reaches: [Int]? = nil) {
        if sigmas != self.sigmas {
            self.sigmas = sigmas
            weights = sigmas.map(GaussianWeights.init(sigma:))
            largestRadius = weights.map(\.radius).max() ?? 0
        }
        starts.removeAll(keepingCapacity: true)
        regions.removeAll(keepingCapacity: true)
        var total = 0
        for (scale, weight) in weights.enumerated() {
            let region = reaches.map { region.with(reach: $0[scale]) } ?? region
            regions.append(region)
            starts.append(total)
            total += (region.columns.count + 2 * weight.radius + 3 * Self.slack) * Strip.lanes
        }
        transposed = transposed.reserving(total)
        strip = strip.reserving((Strip.lanes + 2 * largestRadius) * Strip.lanes)
        square = square.reserving(Lanes.count * Lanes.count)
    }

    /// Filters rows `top ..< top + count` of `channel`, count ≤ 32, along the columns, at every sigma.
    ///
    /// - Parameter rows: `[sigma]`: those of the `count` rows that are wanted, from a multiple of eight on; nil for all.
    func blurVertically(_ window: some StripSource, channel: Int, top: Int, count: Int, rows: [Range<Int>]? = nil) {
        let all = 0..<count
        var (first, end) = (Int.max, 0)
        for scale in weights.indices where !(rows?[scale] ?? all).isEmpty {
            let read = regions[scale].columnsRead(radius: weights[scale].radius)
            (first, end) = (min(first, read.lowerBound), max(end, read.upperBound))
        }
        var left = first
        while left < end {
            fillStrip(window, channel: channel, left: left, top: top, count: count)
            for scale in weights.indices { filterStrip(scale: scale, left: left, rows: rows?[scale] ?? all) }
            left += Strip.lanes
        }
        for scale in weights.indices where !(rows?[scale] ?? all).isEmpty { repeatOuterColumns(scale: scale) }
    }

    /// Filters the transposed rows of one sigma and writes blurred rows: the first column of the sigma's region of the block's first row
    /// goes to `target`, rows are `pitch` floats apart. Rows and columns are written in groups of eight: up to seven too many.
    ///
    /// - Parameter rows: as `blurVertically` was told.
    func blurHorizontally(scale: Int, rows: Range<Int>, to target: UnsafeMutablePointer<Float>, pitch: Int) {
        let (radius, region) = (weights[scale].radius, regions[scale])
        weights[scale].values.withUnsafeBufferPointer { values in
            guard let values = values.baseAddress else { return }
            var column = 0
            while column < region.columns.count {
                let source = transposed.base + starts[scale] + (Self.slack + radius + column) * Strip.lanes
                var row = rows.lowerBound
                while row < rows.upperBound {
                    SymmetricFilter.eightPositions(source + row, weights: values, radius: radius, to: square.base)
                    Lanes.transpose(square.base, stride: Lanes.count, to: target + row * pitch + column, stride: pitch)
                    row += Lanes.count
                }
                column += Lanes.count
            }
        }
    }

    /// What the blur makes of a plane of ones, to the bit.
    func ones(scale: Int) -> Float {
        let values = weights[scale].values
        func filtered(_ value: Float) -> Float {
            values.dropFirst().reversed().reduce(Float(0)) { $0.addingProduct($1, value + value) }.addingProduct(values[0], value)
        }
        return filtered(filtered(1))
    }

    private func fillStrip(_ window: some StripSource, channel: Int, left: Int, top: Int, count: Int) {
        let rows = Strip.wholeVectors(count) + 2 * largestRadius
        for index in 0..<rows {
            let row = min(max(top - largestRadius + index, 0), window.height - 1)
            window.copyFloats(
                row: row, channel: channel, left: left, count: Strip.lanes, to: strip.base + index * Strip.lanes)
        }
    }

    private func filterStrip(scale: Int, left: Int, rows: Range<Int>) {
        let (radius, region) = (weights[scale].radius, regions[scale])
        let read = region.columnsRead(radius: radius)
        let first = region.columns.lowerBound - radius
        weights[scale].values.withUnsafeBufferPointer { values in
            guard let values = values.baseAddress else { return }
            for lane in stride(from: 0, to: Strip.lanes, by: Lanes.count) {
                let column = left + lane
                if column + Lanes.count <= read.lowerBound || column >= read.upperBound { continue }
                let target = transposed.base + starts[scale] + (Self.slack + column - first) * Strip.lanes
                var row = rows.lowerBound
                while row < rows.upperBound {
                    let source = strip.base + (largestRadius + row) * Strip.lanes + lane
                    SymmetricFilter.eightPositions(source, weights: values, radius: radius, to: square.base)
                    Lanes.transpose(square.base, stride: Lanes.count, to: target + row, stride: Strip.lanes)
                    row += Lanes.count
                }
            }
        }
    }

    /// The border rule "nearest" of the horizontal pass.
    private func repeatOuterColumns(scale: Int) {
        let (radius, region) = (weights[scale].radius, regions[scale])
        let first = region.columns.lowerBound - radius
        let base = transposed.base + starts[scale] + (Self.slack - first) * Strip.lanes
        if first < 0 {
            for column in first..<0 { (base + column * Strip.lanes).update(from: base, count: Strip.lanes) }
        }
        let end = region.columns.upperBound + radius
        if end > region.windowWidth {
            let last = base + (region.windowWidth - 1) * Strip.lanes
            for column in region.windowWidth..<end { (base + column * Strip.lanes).update(from: last, count: Strip.lanes) }
        }
    }
}
