internal import Imaging

/// Up to 256 columns of a strip of rows, with the rows and columns around them that lines reach: the work of `LineKernel`.
///
/// Its buffers, 0.3 MB, stay in the second-level cache. Rows and columns outside the window are those at its border: rows by their
/// addresses, columns by copies of the outermost value.
final class LinePart {
    /// Which pixels, in the window's rows, and in columns from the part's first one on.
    struct Place {
        /// The rows whose values are made.
        let rows: Range<Int>
        /// The first column, in the core.
        let column: Int
        /// The same in the window.
        let windowColumn: Int
        let count: Int
        /// Rows and columns that lines reach.
        let span: Int
        /// The rows and columns around that the window has.
        let rowsRead: Range<Int>
        let columnsRead: Range<Int>

        init(rows: Range<Int>, column: Int, count: Int, span: Int, _ region: BlurRegion) {
            (self.rows, self.column, self.count, self.span) = (rows, column, count, span)
            windowColumn = region.core.x + column
            rowsRead = max(0, rows.lowerBound - span)..<min(region.windowHeight, rows.upperBound + span)
            columnsRead = -min(windowColumn, span)..<min(region.windowWidth - windowColumn, count + span)
        }

        /// The position of a row among those that are read; outside of them, that of the nearest.
        func position(ofRow row: Int) -> Int {
            min(max(row, rowsRead.lowerBound), rowsRead.upperBound - 1) - rowsRead.lowerBound
        }
    }

    /// Floats before the part's first column, and from row to row.
    private static let margin = 16
    private static let pitch = FeatureRun.columnsMax + 2 * margin + 16
    private static let planeSize = (Strip.lanes + 2 * margin) * pitch

    /// Second differences: of rows, mixed, of columns.
    private let differences = AlignedBuffer<Float>(count: 3 * planeSize)
    private let responses = AlignedBuffer<Float>(count: planeSize)
    /// 1 where there are data, otherwise 0.
    private let weights = AlignedBuffer<Float>(count: planeSize)

    /// Makes the second differences of the blurred plane, and the weights if there is a mask.
    ///
    /// The outermost rows lie farther out than those of the plane that may be read: their differences of rows are nobody's.
    func makeDifferences(of plane: PlaneRows, _ place: Place, _ mask: ValidityPlane?) {
        let reach = FeatureFamily.line.reachPixels
        let readable = (first: place.rows.lowerBound - reach, last: place.rows.upperBound - 1 + reach)
        for row in place.rowsRead {
            let position = (row - place.rowsRead.lowerBound) * Self.pitch + Self.margin
            let target = differences.base + position
            let rows = (
                plane.row(max(row - 2, readable.first)) + place.column, plane.row(row - 1) + place.column,
                plane.row(row) + place.column, plane.row(row + 1) + place.column,
                plane.row(min(row + 2, readable.last)) + place.column
            )
            for column in stride(from: place.columnsRead.lowerBound, to: place.columnsRead.upperBound, by: Lanes.count) {
                let values = TextureFilter.differences(rows, column: column)
                values.rows.store(to: target + column)
                values.mixed.store(to: target + Self.planeSize + column)
                values.columns.store(to: target + 2 * Self.planeSize + column)
            }
            guard let mask else { continue }
            let weights = weights.base + position
            let source = mask.row(row) + place.windowColumn
            for column in place.columnsRead { weights[column] = Float(source[column]) }
            Self.continueColumns(weights, place)
        }
    }

    /// Makes the second derivatives across a direction.
    func makeResponses(_ place: Place, _ direction: (rows: Float, mixed: Float, columns: Float), isMasked: Bool) {
        let rows = Lanes(repeating: direction.rows)
        let mixed = Lanes(repeating: direction.mixed)
        let columns = Lanes(repeating: direction.columns)
        for index in 0..<place.rowsRead.count {
            let position = index * Self.pitch + Self.margin
            let (source, target, weights) = (differences.base + position, responses.base + position, weights.base + position)
            let second = source + 2 * Self.planeSize
            for column in stride(from: place.columnsRead.lowerBound, to: place.columnsRead.upperBound, by: Lanes.count) {
                let value: Lanes
                if direction.mixed == 0 {
                    value = Lanes((direction.rows == 1 ? source : second) + column)
                } else {
                    let across = Lanes(source + column) * rows
                    let turned = across.plus(mixed, times: Lanes(source + Self.planeSize + column))
                    value = turned.plus(columns, times: Lanes(second + column))
                }
                (isMasked ? value * Lanes(weights + column) : value).store(to: target + column)
            }
            Self.continueColumns(target, place)
        }
    }

    /// Averages the responses along a direction, and keeps the largest and the least of all directions so far.
    ///
    /// Of a pixel without data the sum of weights may be 0: it counts as 1 then, and the mean means nothing.
    /// - Parameters:
    ///   - points: rows and columns of three points; three more lie opposite.
    ///   - most, least: `[row][column]`, rows `FeatureRun.columnsMax` floats apart.
    func take(
        _ place: Place, _ points: [(row: Int, column: Int)], isFirst: Bool, isMasked: Bool,
        most: UnsafeMutablePointer<Float>, least: UnsafeMutablePointer<Float>
    ) {
        let (responses, weights) = (UnsafePointer(responses.base), UnsafePointer(weights.base))
        let (usual, one) = (Lanes(repeating: 0.25 / 7), Lanes(repeating: 1))
        for row in place.rows {
            let target = (row - place.rows.lowerBound) * FeatureRun.columnsMax
            let taps = Taps(place, row: row, points)
            for column in stride(from: 0, to: place.count, by: Lanes.count) {
                let factor = isMasked ? Lanes(repeating: 0.25) / taps.sum(weights + column).greater(one) : usual
                let mean = taps.sum(responses + column) * factor
                let (larger, smaller) = (most + target + column, least + target + column)
                (isFirst ? mean : mean.greater(Lanes(larger))).store(to: larger)
                (isFirst ? mean : mean.lesser(Lanes(smaller))).store(to: smaller)
            }
        }
    }

    /// Where a row's seven points begin in a buffer, in floats.
    private struct Taps {
        let middle: Int
        let near: (Int, Int)
        let far: (Int, Int)
        let farthest: (Int, Int)

        init(_ place: Place, row: Int, _ points: [(row: Int, column: Int)]) {
            func tap(_ rows: Int, _ columns: Int) -> Int {
                place.position(ofRow: row + rows) * LinePart.pitch + LinePart.margin + columns
            }
            middle = tap(0, 0)
            near = (tap(-points[0].row, -points[0].column), tap(points[0].row, points[0].column))
            far = (tap(-points[1].row, -points[1].column), tap(points[1].row, points[1].column))
            farthest = (tap(-points[2].row, -points[2].column), tap(points[2].row, points[2].column))
        }

        @inline(__always)
        func sum(_ values: UnsafePointer<Float>) -> Lanes {
            let inner = Lanes(values + middle) + (Lanes(values + near.0) + Lanes(values + near.1))
            let outer = Lanes(values + far.0) + Lanes(values + far.1)
            return inner + (outer + (Lanes(values + farthest.0) + Lanes(values + farthest.1)))
        }
    }

    /// Copies the outermost columns to those beside them that lines reach and the window does not have.
    private static func continueColumns(_ row: UnsafeMutablePointer<Float>, _ place: Place) {
        let (first, end) = (place.columnsRead.lowerBound, place.columnsRead.upperBound)
        if first > -place.span { (row - place.span).update(repeating: row[first], count: place.span + first) }
        let missing = place.count + place.span - end
        if missing > 0 { (row + end).update(repeating: row[end - 1], count: missing) }
    }
}
