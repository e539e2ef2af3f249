internal import Imaging

/// Computes edges, texture and the Laplacian; edges and texture in one pass over the rows that they share.
final class DerivativeKernel: FeatureKernel {
    private let wantsEdges: Bool
    private let wantsTexture: Bool
    private let wantsLaplacian: Bool
    private var region = BlurRegion()
    /// A run of edges, then of the larger and of the smaller eigenvalues, then of the Laplacian.
    private let buffer = AlignedBuffer<Float>(count: 4 * FeatureRun.columnsMax)
    /// The buffer's first float, by which a run needs not count references.
    private let edges: UnsafeMutablePointer<Float>

    init(families: [FeatureFamily]) {
        edges = buffer.base
        wantsEdges = families.contains(.edges)
        wantsTexture = families.contains(.texture)
        wantsLaplacian = families.contains(.laplacian)
    }

    func prepare(_ region: BlurRegion) { self.region = region }

    func make(
        _ run: FeatureRun, of planes: UnsafePointer<PlaneRows>, values: UnsafeMutablePointer<UnsafePointer<Float>>
    ) {
        let plane = planes[0]
        let larger = edges + FeatureRun.columnsMax
        let smaller = larger + FeatureRun.columnsMax
        let isInner = run.row > 0 && run.row + 1 < region.windowHeight
        // The two share their reads where the edges' rows are not those of the border rule.
        if wantsEdges && wantsTexture && isInner {
            let rows = textureRows(run, plane)
            for index in stride(from: 0, to: run.count, by: Lanes.count) {
                let values = EdgeFilter.values(above: rows.1 + index, middle: rows.2 + index, below: rows.3 + index)
                let eigenvalues = TextureFilter.values(rows, column: index)
                eigenvalues.larger.store(to: larger + index)
                eigenvalues.smaller.store(to: smaller + index)
                values.store(to: edges + index)
            }
        } else {
            if wantsTexture {
                let rows = textureRows(run, plane)
                for index in stride(from: 0, to: run.count, by: Lanes.count) {
                    let eigenvalues = TextureFilter.values(rows, column: index)
                    eigenvalues.larger.store(to: larger + index)
                    eigenvalues.smaller.store(to: smaller + index)
                }
            }
            if wantsEdges {
                let rows = edgeRows(run, plane)
                for index in stride(from: 0, to: run.count, by: Lanes.count) {
                    EdgeFilter.values(above: rows.0 + index, middle: rows.1 + index, below: rows.2 + index)
                        .store(to: edges + index)
                }
            }
        }
        var next = 0
        if wantsEdges {
            makeBorderEdges(run, plane)
            values[0] = UnsafePointer(edges)
            next = 1
        }
        if wantsTexture {
            values[next] = UnsafePointer(larger)
            values[next + 1] = UnsafePointer(smaller)
            next += 2
        }
        if wantsLaplacian { values[next] = makeLaplacian(run, plane) }
    }

    @inline(__always)
    private func makeLaplacian(_ run: FeatureRun, _ plane: PlaneRows) -> UnsafePointer<Float> {
        let rows = textureRows(run, plane)
        let target = edges + 3 * FeatureRun.columnsMax
        let quarter = Lanes(repeating: 0.25)
        for index in stride(from: 0, to: run.count, by: Lanes.count) {
            let differences = TextureFilter.differences(rows, column: index)
            ((differences.rows + differences.columns) * quarter).store(to: target + index)
        }
        return UnsafePointer(target)
    }

    /// Edges in the window's first and last column.
    @inline(__always)
    private func makeBorderEdges(_ run: FeatureRun, _ plane: PlaneRows) {
        let first = region.core.x + run.column
        let end = region.windowWidth - 1 - first
        guard first == 0 || end < run.count else { return }
        let (above, middle, below) = edgeRows(run, plane)
        if first == 0 {
            edges[0] = EdgeFilter.border(above: above, middle: middle, below: below, west: 0, east: min(1, end))
        }
        if end < run.count && end + first > 0 {
            edges[end] = EdgeFilter.border(above: above + end, middle: middle + end, below: below + end, west: -1, east: 0)
        }
    }

    /// The rows above, at and below a run; at the window's border the row itself.
    @inline(__always)
    private func edgeRows(
        _ run: FeatureRun, _ plane: PlaneRows
    ) -> (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>) {
        (
            plane.row(max(run.row - 1, 0)) + run.column, plane.row(run.row) + run.column,
            plane.row(min(run.row + 1, region.windowHeight - 1)) + run.column
        )
    }

    /// The rows two above to two below a run, those beyond the window included.
    @inline(__always)
    private func textureRows(_ run: FeatureRun, _ plane: PlaneRows) -> TextureFilter.Rows {
        let first = plane.row(run.row - 2) + run.column
        let pitch = plane.pitch
        return (first, first + pitch, first + 2 * pitch, first + 3 * pitch, first + 4 * pitch)
    }
}
