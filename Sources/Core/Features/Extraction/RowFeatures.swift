internal import Imaging

/// Makes the features of runs of one blurred row and hands them to a sink.
///
/// A run is at most 256 pixels: its values, the blurred rows it reads and the tables of its bins fit in the first-level cache together.
struct RowFeatures {
    /// Pixels of a run.
    static let runColumns = 256

    private let wantsIntensity: Bool
    private let wantsEdges: Bool
    private let wantsTexture: Bool
    private let region: BlurRegion
    private let blurred: BlurredRows
    /// A run of edges, then of the larger and of the smaller eigenvalues.
    private let values: AlignedBuffer<Float>

    /// - Parameter values: room for three runs.
    init(families: [FeatureFamily], region: BlurRegion, blurred: BlurredRows, values: AlignedBuffer<Float>) {
        wantsIntensity = families.contains(.intensity)
        wantsEdges = families.contains(.edges)
        wantsTexture = families.contains(.texture)
        self.region = region
        self.blurred = blurred
        self.values = values
    }

    /// Hands the features of the run of `row` that starts at `column` to the sink.
    ///
    /// - Parameters:
    ///   - feature: the first feature of this channel and sigma.
    ///   - row, top: the row and the block's first row, in the window.
    ///   - column: in the core.
    @inline(__always)
    func emit<Sink: FeatureSink>(feature: Int, row: Int, top: Int, column: Int, to sink: inout Sink) {
        let count = min(Self.runColumns, region.core.width - column)
        let coreRow = row - region.core.y
        let larger = values.base + Self.runColumns
        let smaller = larger + Self.runColumns
        var feature = feature
        if wantsIntensity {
            sink.take(
                feature: feature, row: coreRow, column: column, count: count, values: blurred.row(row - top) + column)
            feature += 1
        }
        makeDerivatives(row: row, top: top, column: column, count: count)
        if wantsEdges {
            sink.take(feature: feature, row: coreRow, column: column, count: count, values: values.base)
            feature += 1
        }
        if wantsTexture {
            sink.take(feature: feature, row: coreRow, column: column, count: count, values: larger)
            sink.take(feature: feature + 1, row: coreRow, column: column, count: count, values: smaller)
        }
    }

    /// Fills `values`. The two families share their reads where the edges' rows are not those of the border rule.
    private func makeDerivatives(row: Int, top: Int, column: Int, count: Int) {
        let isInner = row > 0 && row + 1 < region.windowHeight
        if wantsEdges && wantsTexture && isInner {
            let rows = textureRows(row: row, top: top, column: column)
            for index in stride(from: 0, to: count, by: Lanes.count) {
                let edges = EdgeFilter.values(above: rows.1 + index, middle: rows.2 + index, below: rows.3 + index)
                store(TextureFilter.values(rows, column: index), at: index)
                edges.store(to: values.base + index)
            }
        } else {
            if wantsTexture {
                let rows = textureRows(row: row, top: top, column: column)
                for index in stride(from: 0, to: count, by: Lanes.count) {
                    store(TextureFilter.values(rows, column: index), at: index)
                }
            }
            if wantsEdges {
                let rows = edgeRows(row: row, top: top, column: column)
                for index in stride(from: 0, to: count, by: Lanes.count) {
                    EdgeFilter.values(above: rows.0 + index, middle: rows.1 + index, below: rows.2 + index)
                        .store(to: values.base + index)
                }
            }
        }
        if wantsEdges { makeBorderEdges(row: row, top: top, column: column, count: count) }
    }

    @inline(__always)
    private func store(_ eigenvalues: (larger: Lanes, smaller: Lanes), at index: Int) {
        eigenvalues.larger.store(to: values.base + Self.runColumns + index)
        eigenvalues.smaller.store(to: values.base + 2 * Self.runColumns + index)
    }

    /// Edges in the window's first and last column.
    private func makeBorderEdges(row: Int, top: Int, column: Int, count: Int) {
        let (above, middle, below) = edgeRows(row: row, top: top, column: column)
        let first = region.core.x + column
        let end = region.windowWidth - 1 - first
        if first == 0 {
            values.base[0] = EdgeFilter.border(above: above, middle: middle, below: below, west: 0, east: min(1, end))
        }
        if end < count && end + first > 0 {
            values.base[end] = EdgeFilter.border(
                above: above + end, middle: middle + end, below: below + end, west: -1, east: 0)
        }
    }

    /// The rows above, at and below `row`; at the window's border the row itself.
    private func edgeRows(
        row: Int, top: Int, column: Int
    ) -> (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>) {
        (
            UnsafePointer(blurred.row(max(row - 1, 0) - top) + column),
            UnsafePointer(blurred.row(row - top) + column),
            UnsafePointer(blurred.row(min(row + 1, region.windowHeight - 1) - top) + column)
        )
    }

    /// The rows two above to two below `row`, those beyond the window included.
    private func textureRows(row: Int, top: Int, column: Int) -> TextureFilter.Rows {
        let first = UnsafePointer(blurred.row(row - top - 2) + column)
        let pitch = blurred.pitch
        return (first, first + pitch, first + 2 * pitch, first + 3 * pitch, first + 4 * pitch)
    }
}
