internal import CCairo
internal import Imaging

/// Draws strokes with libcairo, each alone: butt caps, miter joins up to 4, no fill; any coverage marks a pixel.
///
/// What libcairo draws in a row of pixels depends on all edges of the drawing in that row: where one begins, ends or meets another, the row
/// is sampled by 15 lines, otherwise its coverage is exact. Where edges leave the surface to its sides they are cut, which makes ends. And
/// the tips of miters are rounded after arithmetic in doubles, which moves with the origin. So that a window gets the pixels of the drawing
/// of the whole image, strokes are drawn in the image's own coordinates, and rows as wide as the stroke:
///
/// 1. The image is divided into bands of rows. Of a stroke those runs of segments are drawn whose lines and joins can reach the band. Their
///    ends lie outside of it.
/// 2. libcairo's surface is the image, of which only a part has memory: the columns that the runs can reach, and the rows of the band with
///    two more above and below, which are not used. All drawing is clipped to it.
/// 3. Paths of horizontal and vertical lines alone are drawn in another way. A run that is such by chance is given a slanting line far above
///    the band, so that it is drawn as its whole is.
/// 4. libcairo's surfaces have up to 32,767 pixels a side. In larger images the origin of the surface is moved by multiples of 16,384, and
///    the rows of strokes that are still too wide are drawn in blocks of fixed columns.
///
/// Not safe to share between threads.
final class StrokePainter {
    /// Rows of a band.
    static let bandHeight = 128
    /// Rows and columns that are drawn and not used.
    private static let border = 2
    private static let sideMax = 32_767
    /// Origins lie at multiples of it. A part that is not wider fits a surface, wherever it begins.
    private static let originStep = 1 << 14
    /// Columns of a block.
    private static let blockWidth = 1 << 13
    static let miterLimit = 4.0

    /// `[row][column]` of the part that is drawn: coverage.
    private var coverage: [UInt8] = []

    /// The pixels that a segment can mark, its joins included: at most.
    static func reach(of segment: ArraySlice<GridPoint>, width: Double, hasJoins: Bool) -> PixelRect {
        // A miter's tip lies at most the limit times half of the width from its corner.
        let reach = Int((width / 2 * (hasJoins ? miterLimit : 1)).rounded(.up)) + 1
        var (left, right, top, bottom) = (Int32.max, Int32.min, Int32.max, Int32.min)
        for point in segment {
            (left, right) = (min(left, point.x), max(right, point.x))
            (top, bottom) = (min(top, point.y), max(bottom, point.y))
        }
        let bits = Int32(GridPoint.stepsPerPixel.trailingZeroBitCount)
        let (x, y) = (Int(left >> bits) - reach, Int(top >> bits) - reach)
        return PixelRect(x: x, y: y, width: Int(right >> bits) + reach + 1 - x, height: Int(bottom >> bits) + reach + 1 - y)
    }

    /// The rows that are drawn for a band.
    static func drawnRows(ofBand top: Int) -> Range<Int> { top - border..<top + bandHeight + border }

    /// Draws a stroke in a band, and calls `mark` with the spans of pixels that it covers, row by row.
    ///
    /// - Parameters:
    ///   - runs: those that can reach the drawn rows of the band.
    ///   - top: the band's first row.
    ///   - image: width and height of the image.
    ///   - window: the part of the band that is wanted, in image coordinates.
    ///   - mark: gets the row and the columns, in image coordinates.
    func draw(
        _ stroke: StrokeOutline, _ runs: StrokeRuns, inBand top: Int, image: (width: Int, height: Int), window: PixelRect,
        _ mark: (_ row: Int, _ columns: Range<Int>) -> Void
    ) {
        let columns = runs.columns.clamped(to: 0..<image.width)
        let rows = Self.drawnRows(ofBand: top).clamped(to: 0..<image.height)
        let isNarrow = image.width <= Self.sideMax || columns.count < Self.originStep
        let step = isNarrow ? image.width : Self.blockWidth
        for block in stride(from: isNarrow ? 0 : columns.lowerBound / step * step, to: columns.upperBound, by: step) {
            let wanted = columns.clamped(to: block..<block + step).clamped(to: window.x..<window.endX)
            guard !wanted.isEmpty else { continue }
            let drawn = columns.clamped(to: block - Self.border..<block + step + Self.border)
            let part = PixelRect(x: drawn.lowerBound, y: rows.lowerBound, width: drawn.count, height: rows.count)
            let (stride, originX) = draw(stroke, runs, part, image)
            for row in window.y..<window.endY {
                let first = (row - part.y) * stride - originX
                var column = wanted.lowerBound
                while column < wanted.upperBound {
                    let start = column
                    while column < wanted.upperBound, coverage[first + column] > 0 { column += 1 }
                    if start < column { mark(row, start..<column) }
                    while column < wanted.upperBound, coverage[first + column] == 0 { column += 1 }
                }
            }
        }
    }

    /// Draws a stroke into `coverage`, which has the rows of `part` afterwards: of those the columns of `part` are valid.
    ///
    /// - Returns: the bytes of a row, and the column of the image with which it begins.
    private func draw(
        _ stroke: StrokeOutline, _ runs: StrokeRuns, _ part: PixelRect, _ image: (width: Int, height: Int)
    ) -> (stride: Int, originX: Int) {
        let originX = image.width <= Self.sideMax ? 0 : part.x / Self.originStep * Self.originStep
        let originY = image.height <= Self.sideMax ? 0 : part.y / Self.originStep * Self.originStep
        let width = min(Self.sideMax, image.width - originX)
        let height = min(Self.sideMax, image.height - originY)
        precondition(part.endX - originX <= width && part.endY - originY <= height, "\(part) of \(image)")
        let stride = Int(cairo_format_stride_for_width(CAIRO_FORMAT_A8, Int32(width)))
        let count = stride * part.height
        if coverage.count < count { coverage = [UInt8](repeating: 0, count: count) }
        coverage.withUnsafeMutableBufferPointer { coverage in
            guard let base = coverage.baseAddress else { return }
            for row in 0..<part.height { (base + row * stride + part.x - originX).update(repeating: 0, count: part.width) }
            // The surface's first row lies far before the memory. The clip keeps libcairo to the rows that have some: what it draws, and
            // the edges that it looks at, are those inside of the clip.
            let surface = cairo_image_surface_create_for_data(
                base - (part.y - originY) * stride, CAIRO_FORMAT_A8, Int32(width), Int32(height), Int32(stride))
            let context = cairo_create(surface)
            defer {
                cairo_destroy(context)
                cairo_surface_destroy(surface)
            }
            cairo_rectangle(
                context, Double(part.x - originX), Double(part.y - originY), Double(part.width), Double(part.height))
            cairo_clip(context)
            cairo_set_line_cap(context, CAIRO_LINE_CAP_BUTT)
            cairo_set_line_join(context, CAIRO_LINE_JOIN_MITER)
            cairo_set_miter_limit(context, Self.miterLimit)
            cairo_set_line_width(context, stroke.width)
            if stroke.isFine { cairo_set_tolerance(context, 0) }
            cairo_set_source_rgba(context, 0, 0, 0, 1)
            for run in runs.runs { add(run, to: context, x: originX, y: originY) }
            if !stroke.isRectilinear {
                let above = Double(part.y - originY) - (stroke.width.rounded(.up) * 2 + 64)
                cairo_move_to(context, 0, above)
                cairo_line_to(context, 3, above - 2)
            }
            cairo_stroke(context)
            cairo_surface_flush(surface)
            let status = cairo_status(context)
            precondition(status == CAIRO_STATUS_SUCCESS, "libcairo: \(String(cString: cairo_status_to_string(status)))")
        }
        return (stride, originX)
    }

    /// Adds a run to the path, with the pixel (x, y) of the image as the origin.
    private func add(_ run: StrokeRuns.Run, to context: OpaquePointer?, x: Int, y: Int) {
        let steps = Double(GridPoint.stepsPerPixel)
        let place = { (point: GridPoint) in (x: Double(point.x) / steps - Double(x), y: Double(point.y) / steps - Double(y)) }
        guard let first = run.segments.first, let start = run.part.segment(first).first.map(place) else { return }
        if let before = run.before.map(place) {
            cairo_move_to(context, before.x, before.y)
            cairo_line_to(context, start.x, start.y)
        } else {
            cairo_move_to(context, start.x, start.y)
        }
        for (position, index) in run.segments.enumerated() {
            let segment = run.part.segment(index)
            let end = place(segment[segment.endIndex - 1])
            if segment.count == 4 {
                let (one, two) = (place(segment[segment.startIndex + 1]), place(segment[segment.startIndex + 2]))
                cairo_curve_to(context, one.x, one.y, two.x, two.y, end.x, end.y)
            } else if !run.isWhole || position < run.segments.count - 1 {
                cairo_line_to(context, end.x, end.y)
            }
        }
        if run.isWhole { cairo_close_path(context) }
        if let after = run.after.map(place) { cairo_line_to(context, after.x, after.y) }
    }
}
