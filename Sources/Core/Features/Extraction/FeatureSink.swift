/// Where runs of feature values go as they are made.
protocol FeatureSink {
    /// Takes the values of one feature for pixels `column ..< column + count` of `row`, in the coordinates of the core that was asked
    /// for. `values` is readable up to a multiple of 16.
    mutating func take(feature: Int, row: Int, column: Int, count: Int, values: UnsafePointer<Float>)

    /// Says that all features of the rows before `row` have come, and the first `earlyFeatures` of the rows before `earlyRow`.
    mutating func endRows(before row: Int, earlyFeatures: Int, before earlyRow: Int)
}

extension FeatureSink {
    func endRows(before row: Int, earlyFeatures: Int, before earlyRow: Int) {}
}

/// Keeps the values: `[feature][row][column]`.
struct PlaneSink: FeatureSink {
    let target: UnsafeMutablePointer<Float>
    let planeStride: Int
    let rowStride: Int

    @inline(__always)
    func take(feature: Int, row: Int, column: Int, count: Int, values: UnsafePointer<Float>) {
        (target + feature * planeStride + row * rowStride + column).update(from: values, count: count)
    }
}

/// Keeps the values' bins: `[feature][row][column]`.
struct BinSink: FeatureSink {
    let quantiser: BinEdges.Quantiser
    let target: UnsafeMutablePointer<UInt8>
    let planeStride: Int
    let width: Int

    @inline(__always)
    func take(feature: Int, row: Int, column: Int, count: Int, values: UnsafePointer<Float>) {
        quantiser.bins(
            of: values, count: count, feature: feature,
            into: target + feature * planeStride + row * width + column)
    }
}

/// Keeps the values' bins of some rows at a time, and hands them on.
struct BandSink: FeatureSink {
    let bins: BinSink
    /// Rows in all.
    let height: Int
    let rowsPerBand: Int
    /// Takes the rows that are complete.
    let hand: (Range<Int>) -> Void
    private var firstRow = 0

    init(bins: BinSink, height: Int, rowsPerBand: Int, hand: @escaping (Range<Int>) -> Void) {
        self.bins = bins
        self.height = height
        self.rowsPerBand = rowsPerBand
        self.hand = hand
    }

    @inline(__always)
    func take(feature: Int, row: Int, column: Int, count: Int, values: UnsafePointer<Float>) {
        bins.take(feature: feature, row: row - firstRow, column: column, count: count, values: values)
    }

    /// Rows of early features that lie behind those that are handed on move to the band's begin.
    mutating func endRows(before row: Int, earlyFeatures: Int, before earlyRow: Int) {
        guard row - firstRow >= rowsPerBand || row == height else { return }
        hand(firstRow..<row)
        if earlyRow > row {
            for feature in 0..<earlyFeatures {
                let plane = bins.target + feature * bins.planeStride
                plane.update(from: plane + (row - firstRow) * bins.width, count: (earlyRow - row) * bins.width)
            }
        }
        firstRow = row
    }
}

/// Keeps the values of listed pixels: `[sample][feature]`.
struct SampleSink: FeatureSink {
    /// Pixels of the core as `row * width + column`, ascending.
    let pixels: UnsafePointer<Int32>
    /// `rowStarts[row] ..< rowStarts[row + 1]` are the list positions of a row's pixels.
    let rowStarts: UnsafePointer<Int>
    /// Width and position of the core that the pixels are counted in, relative to the part that is computed.
    let width: Int
    let left: Int
    let top: Int
    let target: UnsafeMutablePointer<Float>
    let featureCount: Int

    @inline(__always)
    func take(feature: Int, row: Int, column: Int, count: Int, values: UnsafePointer<Float>) {
        let row = row + top
        let first = row * width + column + left
        for position in rowStarts[row]..<rowStarts[row + 1] {
            let offset = Int(pixels[position]) - first
            if offset >= 0 && offset < count { target[position * featureCount + feature] = values[offset] }
        }
    }
}
