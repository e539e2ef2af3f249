internal import Imaging

/// A point on libcairo's grid: 256 steps a pixel.
struct GridPoint: Equatable, Sendable {
    var x: Int32
    var y: Int32

    /// Steps of the grid a pixel.
    static let stepsPerPixel = 256

    init(x: Int32, y: Int32) { (self.x, self.y) = (x, y) }

    /// The nearest one.
    ///
    /// - Precondition: the place is finite, and lies within ±`StrokeOutline.coordinateMax`.
    init(_ place: AnnotationPoint) {
        let steps = Double(Self.stepsPerPixel)
        x = Int32((place.x * steps).rounded(.toNearestOrEven))
        y = Int32((place.y * steps).rounded(.toNearestOrEven))
    }

    /// Width times height of the box around a segment, at most, in steps: 2³¹ pixels. For edges that reach about eight times as far from
    /// the clip, libcairo's 64-bit arithmetic overflows, and nothing is drawn. No segment inside of one of its surfaces is as large.
    static let areaMax = Double(1 << 31) * Double(stepsPerPixel * stepsPerPixel)

    /// Whether points lie too far from each other for one segment.
    static func areTooFar(_ points: some Collection<GridPoint>) -> Bool {
        guard let first = points.first else { return false }
        var (left, right, top, bottom) = (first.x, first.x, first.y, first.y)
        for point in points {
            (left, right) = (min(left, point.x), max(right, point.x))
            (top, bottom) = (min(top, point.y), max(bottom, point.y))
        }
        return (Double(right) - Double(left)) * (Double(bottom) - Double(top)) > areaMax
    }

    /// Whether the way from here to `end` has the direction of the way to here from `start`.
    func goesOn(from start: GridPoint, to end: GridPoint) -> Bool {
        let before = (x: Int64(x) - Int64(start.x), y: Int64(y) - Int64(start.y))
        let after = (x: Int64(end.x) - Int64(x), y: Int64(end.y) - Int64(y))
        return before.x * after.y == before.y * after.x && before.x * after.x + before.y * after.y > 0
    }
}

/// The path of a stroke on libcairo's grid, divided into segments: lines and cubic curves.
///
/// Coordinates are rounded as libcairo rounds them (to the nearest step, a half to the even one) where they lie in the image: what is drawn
/// from there by whole pixels is the same drawing.
struct StrokeOutline: Sendable {
    /// Segments one after the other.
    struct Part: Sendable {
        /// The start, then of each segment its end, or both handles and its end.
        fileprivate(set) var points: [GridPoint]
        /// Of each segment, where its start is in `points`; nil if all are lines.
        fileprivate(set) var starts: [Int32]?
        /// Whether the last segment ends where the first begins and is joined with it.
        fileprivate(set) var isClosed = false

        var segmentCount: Int { starts?.count ?? points.count - 1 }

        /// The points of a segment: two of a line, four of a curve.
        func segment(_ index: Int) -> ArraySlice<GridPoint> {
            guard let starts else { return points[index...index + 1] }
            let first = Int(starts[index])
            let end = index + 1 < starts.count ? Int(starts[index + 1]) : points.count - 1
            return points[first...end]
        }

        fileprivate mutating func append(_ added: [GridPoint]) {
            if added.count > 1, starts == nil { starts = (0..<points.count - 1).map { Int32($0) } }
            starts?.append(Int32(points.count - 1))
            points += added
        }
    }

    private(set) var parts: [Part] = []
    /// In pixels.
    let width: Double
    /// Whether curves are drawn as finely as libcairo can.
    let isFine: Bool
    /// Whether all segments are horizontal or vertical lines: libcairo draws such a path in its own way.
    private(set) var isRectilinear = true

    /// Coordinates of strokes lie within ± so many pixels.
    static let coordinateMax = 1 << 22

    /// - Parameters:
    ///   - path: in pixels of the full resolution; on the grid within ±`coordinateMax`.
    ///   - width: in pixels of the full resolution, above 0.
    init(_ path: AnnotationPath, width: Double, scale: AnnotationScale) {
        self.width = scale.width(width)
        isFine = path.isFine
        var (start, here) = (AnnotationPoint(x: 0, y: 0), AnnotationPoint(x: 0, y: 0))
        var part: Part?
        for element in path.elements {
            switch element {
            case .move(let to):
                finish(&part)
                start = scale.place(to)
                here = start
            case .line(let to):
                addLine(from: here, to: scale.place(to), &part)
                here = scale.place(to)
            case .quadratic(let handle, let to):
                let (from, handle, to) = (here, scale.place(handle), scale.place(to))
                addCurve(
                    from: from, AnnotationPoint(x: handle.x * 2 / 3 + from.x / 3, y: handle.y * 2 / 3 + from.y / 3),
                    AnnotationPoint(x: handle.x * 2 / 3 + to.x / 3, y: handle.y * 2 / 3 + to.y / 3), to: to, &part)
                here = to
            case .cubic(let first, let second, let to):
                addCurve(from: here, scale.place(first), scale.place(second), to: scale.place(to), &part)
                here = scale.place(to)
            case .close:
                guard part != nil else { continue }
                addLine(from: here, to: start, &part)
                part?.isClosed = true
                finish(&part)
                here = start
            }
        }
        finish(&part)
    }

    private mutating func finish(_ part: inout Part?) {
        if let part { parts.append(part.dividedLines) }
        part = nil
    }

    /// Lines are put together as libcairo does: one without length after another segment is dropped, one after a line without length
    /// replaces it, and one that goes on in the direction of the line before prolongs it.
    private mutating func addLine(from: AnnotationPoint, to: AnnotationPoint, _ part: inout Part?) {
        let (current, end) = (GridPoint(from), GridPoint(to))
        var open = part ?? Part(points: [current])
        part = nil
        defer { part = open }
        if open.segmentCount > 0, end == current { return }
        isRectilinear = isRectilinear && (end.x == current.x || end.y == current.y)
        if let from = open.lastLineStart, from == current || current.goesOn(from: from, to: end) {
            open.points[open.points.count - 1] = end
        } else {
            open.append([end])
        }
    }

    private mutating func addCurve(
        from: AnnotationPoint, _ first: AnnotationPoint, _ second: AnnotationPoint, to: AnnotationPoint, _ part: inout Part?
    ) {
        let points = [first, second, to].map { GridPoint($0) }
        guard !GridPoint.areTooFar([GridPoint(from)] + points) else {
            // Halves (de Casteljau).
            let middle = { (one: AnnotationPoint, other: AnnotationPoint) in
                AnnotationPoint(x: (one.x + other.x) / 2, y: (one.y + other.y) / 2)
            }
            let (start, top, end) = (middle(from, first), middle(first, second), middle(second, to))
            let (before, after) = (middle(start, top), middle(top, end))
            addCurve(from: from, start, before, to: middle(before, after), &part)
            addCurve(from: middle(before, after), after, end, to: to, &part)
            return
        }
        guard points.contains(where: { $0 != GridPoint(from) }) else { return addLine(from: from, to: to, &part) }
        var open = part ?? Part(points: [GridPoint(from)])
        part = nil
        open.append(points)
        (part, isRectilinear) = (open, false)
    }
}

extension StrokeOutline.Part {
    /// The same with lines that are too long for libcairo in pieces. Every other end of a piece lies a step beside the line, as libcairo would
    /// put the pieces together again.
    fileprivate var dividedLines: Self {
        guard (0..<segmentCount).contains(where: { GridPoint.areTooFar(segment($0)) }) else { return self }
        var divided = Self(points: [points[0]])
        for index in 0..<segmentCount {
            let own = segment(index)
            guard own.count == 2, GridPoint.areTooFar(own) else {
                divided.append(Array(own.dropFirst()))
                continue
            }
            let (start, end) = (own[own.startIndex], own[own.endIndex - 1])
            let width = Double(end.x) - Double(start.x)
            let height = Double(end.y) - Double(start.y)
            let count = Int((abs(width) * abs(height) / GridPoint.areaMax).squareRoot().rounded(.up))
            for piece in 1..<count {
                let share = Double(piece) / Double(count)
                let x = Int32((Double(start.x) + width * share).rounded(.toNearestOrEven)) + Int32(piece % 2)
                divided.append([GridPoint(x: x, y: Int32((Double(start.y) + height * share).rounded(.toNearestOrEven)))])
            }
            divided.append([end])
        }
        divided.isClosed = isClosed
        return divided
    }

    /// Where the last segment begins, if it is a line.
    fileprivate var lastLineStart: GridPoint? {
        guard segmentCount > 0 else { return nil }
        let last = segment(segmentCount - 1)
        return last.count == 2 ? last.first : nil
    }
}
