internal import Imaging

extension AnnotationDocument {
    /// The document without erasers: it labels the same pixels. Shapes that an eraser changed are raster patches, and those of which nothing
    /// is left are missing.
    ///
    /// - Parameters:
    ///   - width: columns of the image in full resolution, beyond which patches have no pixels; nil if it is not known.
    ///   - height: rows.
    /// - Returns: the document, and how many shapes erasers changed.
    /// - Throws: for shapes that cannot be drawn or are too large, and for an eraser of one plane or image over a shape of several.
    /// - Complexity: O(shapes × erasers) comparisons of boxes, and drawing what erasers touch twice.
    package func flattened(
        width: Int? = nil, height: Int? = nil
    ) throws(AnnotationRasterError) -> (document: AnnotationDocument, changedCount: Int) {
        guard annotations.contains(where: \.isEraser) else { return (self, 0) }
        // From the top down: what is gathered lies above.
        var erasers: [(shape: Annotation, box: PixelRect)] = []
        var kept: [Annotation] = []
        var changedCount = 0
        for (place, annotation) in annotations.enumerated().reversed() {
            guard annotation.isEraser || annotation.classNumber != nil,
                let box = try LabelItem(annotation, at: place, scale: .full).map({ PixelRect.around($0.pieces.map(\.box)) }),
                box.area > 0
            else {
                if !annotation.isEraser { kept.append(annotation) }
                continue
            }
            if annotation.isEraser {
                erasers.append((annotation, box))
                continue
            }
            var above: [Annotation] = []
            for eraser in erasers where eraser.box.intersection(box) != nil && eraser.shape.meets(annotation) {
                guard eraser.shape.covers(annotation) else {
                    throw AnnotationRasterError(
                        annotation, at: place, expected: "a plane and an image, as the eraser above it has them",
                        found: "several")
                }
                above.append(eraser.shape)
            }
            guard !above.isEmpty else {
                kept.append(annotation)
                continue
            }
            let remains = try Self.remains(of: annotation, at: place, below: above.reversed(), box, width, height)
            changedCount += remains == .unchanged ? 0 : 1
            switch remains {
            case .unchanged: kept.append(annotation)
            case .nothing: break
            case .pixels(let patch):
                var changed = annotation
                changed.shape = .raster(patch)
                kept.append(changed)
            }
        }
        return (AnnotationDocument(classes: classes, annotations: kept.reversed()), changedCount)
    }

    /// What erasers leave of a shape.
    private enum Remains: Equatable {
        case unchanged, nothing
        case pixels(RasterPatch)
    }

    /// Columns and rows of a shape that erasers touch, at most.
    private static let sideMax = 1_000_000
    /// Columns and rows that are drawn at a time.
    private static let (columnsAtOnce, rowsAtOnce) = (4096, 256)

    private static func remains(
        of annotation: Annotation, at place: Int, below erasers: [Annotation], _ box: PixelRect, _ width: Int?, _ height: Int?
    ) throws(AnnotationRasterError) -> Remains {
        let image = PixelRect(x: 0, y: 0, width: max(0, width ?? box.endX), height: max(0, height ?? box.endY))
        // What lies outside of the image labels nothing, erased or not.
        guard let part = box.intersection(image) else { return .unchanged }
        guard part.width <= sideMax, part.height <= sideMax else {
            throw AnnotationRasterError(
                annotation, at: place, expected: "at most \(sideMax) columns and rows below an eraser",
                found: "\(part.width)×\(part.height)")
        }
        let shape = Annotation(annotation.shape, classNumber: 1)
        let (columns, rowCount) = (part.endX, part.endY)
        let whole = try AnnotationLabels(AnnotationDocument(annotations: [shape]), width: columns, height: rowCount)
        let left = try AnnotationLabels(
            AnnotationDocument(annotations: [shape] + erasers.map { Annotation(eraser: $0.shape) }), width: columns,
            height: rowCount)
        var isChanged = false
        var rows = [[Range<Int>]](repeating: [], count: part.height)
        for top in stride(from: part.y, to: part.endY, by: rowsAtOnce) {
            for start in stride(from: part.x, to: part.endX, by: columnsAtOnce) {
                let window = PixelRect(
                    x: start, y: top, width: min(columnsAtOnce, part.endX - start), height: min(rowsAtOnce, part.endY - top))
                guard whole.mayHaveLabels(in: window) else { continue }
                let map = left.labels(in: window)
                isChanged = isChanged || map != whole.labels(in: window)
                for row in 0..<window.height {
                    for run in map.labels[row * window.width..<(row + 1) * window.width].runs(of: 1) {
                        rows[top - part.y + row].append(run, from: start - part.x)
                    }
                }
            }
        }
        guard isChanged else { return .unchanged }
        let patch = RasterPatch(bounds: part, rows: rows).trimmed
        return patch.rows.isEmpty ? .nothing : .pixels(patch)
    }
}

extension [Range<Int>] {
    /// Appends a run of columns that are counted from `start`; one that touches the last run makes it longer.
    fileprivate mutating func append(_ run: Range<Int>, from start: Int) {
        let moved = run.lowerBound + start..<run.upperBound + start
        if let last, last.upperBound == moved.lowerBound {
            self[count - 1] = last.lowerBound..<moved.upperBound
        } else {
            append(moved)
        }
    }
}

extension Annotation {
    /// Whether both can lie on one plane of one image.
    fileprivate func meets(_ other: Annotation) -> Bool {
        (image == nil || other.image == nil || image == other.image)
            && (plane.flatMap { plane in other.plane.map(plane.meets) } ?? true)
    }

    /// Whether it lies wherever the other does, given that they meet.
    fileprivate func covers(_ other: Annotation) -> Bool {
        (image == nil || other.image != nil) && (plane?.z == nil || other.plane?.z != nil)
            && (plane?.time == nil || other.plane?.time != nil)
    }
}
