package import Imaging

/// The labels that annotations give to the pixels of an image: any window of an image of any size, without a label image.
///
/// Each shape labels the pixels that it covers with the number of its class; a later shape lies on top of an earlier one. An eraser
/// makes the pixels that it covers unlabelled again.
///
/// - Strokes cover the pixels of which libcairo covers any part (`StrokePainter`).
/// - Areas, rectangles and ellipses cover the pixels whose centres lie inside (`FilledArea`, `FilledEllipse`).
/// - Points cover the pixels that they lie in, raster patches those that they mark.
///
/// What a shape labels depends on nothing but the shape and the resolution. An index finds the shapes, of long strokes the pieces, that
/// touch a window: a window costs what lies in it. Memory grows with the shapes alone.
package struct AnnotationLabels: LabelWindowReader {
    /// Columns of the image in the resolution that is labelled.
    package let width: Int
    /// Rows.
    package let height: Int
    /// Shapes that have no class and so label nothing.
    package let unclassifiedCount: Int

    private var items: [LabelItem] = []
    /// `[item]`.
    private var labels: [UInt16] = []
    private let index: BoxIndex
    private var pieces: [LabelItem.Piece] = []
    /// `[piece]`, ascending.
    private var itemOfPiece: [Int32] = []
    /// `[item]` and one more: where its pieces begin.
    private var pieceStarts: [Int32] = [0]

    /// - Parameters:
    ///   - width: columns of the image in the resolution that is labelled.
    ///   - height: its rows.
    ///   - scale: from the full resolution to that one.
    ///   - plane: whose annotations are wanted; those of all planes are among them. Nil for those of any plane.
    ///   - ignored: classes whose pixels are unlabelled; they cover what lies below them.
    /// - Throws: for numbers of a shape that are not finite or beyond the limits; labels outside 1…65,535.
    package init(
        _ document: AnnotationDocument, width: Int, height: Int, scale: AnnotationScale = .full, plane: AnnotationPlane? = nil,
        ignoring ignored: Set<Int> = []
    ) throws(AnnotationRasterError) {
        precondition(width >= 1 && height >= 1, "image \(width)×\(height)")
        (self.width, self.height) = (width, height)
        let image = PixelRect(x: 0, y: 0, width: width, height: height)
        var unclassifiedCount = 0
        for (place, annotation) in document.annotations.enumerated() {
            if let plane, let own = annotation.plane, !own.meets(plane) { continue }
            var label: UInt16 = 0
            if !annotation.isEraser {
                guard let number = annotation.classNumber else {
                    unclassifiedCount += 1
                    continue
                }
                guard let given = UInt16(exactly: number), given > 0 else {
                    throw AnnotationRasterError(annotation, at: place, expected: "a class from 1 to 65535", found: "\(number)")
                }
                label = ignored.contains(number) ? 0 : given
            }
            guard let item = try LabelItem(annotation, at: place, scale: scale) else { continue }
            // What lies outside of the image labels nothing. The pieces of a stroke stay together.
            let own = item.pieces
            guard own.contains(where: { $0.box.intersection(image) != nil }) else { continue }
            pieces += own
            itemOfPiece += repeatElement(Int32(items.count), count: own.count)
            pieceStarts.append(Int32(pieces.count))
            items.append(item)
            labels.append(label)
        }
        self.unclassifiedCount = unclassifiedCount
        index = BoxIndex(pieces.map(\.box))
    }

    /// The smallest rectangle that holds all pixels of an image that a shape may label; nil if it labels none.
    ///
    /// - Parameters: as of `init`.
    /// - Throws: as `init`.
    package static func reach(
        of annotation: Annotation, width: Int, height: Int, scale: AnnotationScale = .full
    ) throws(AnnotationRasterError) -> PixelRect? {
        guard let item = try LabelItem(annotation, at: 0, scale: scale) else { return nil }
        let image = PixelRect(x: 0, y: 0, width: width, height: height)
        let boxes = item.pieces.compactMap { $0.box.intersection(image) }
        return boxes.isEmpty ? nil : PixelRect.around(boxes)
    }

    /// The area of the boxes around all shapes, of long strokes around their pieces, in pixels: what it costs to draw them, at most.
    var boxArea: Double { pieces.reduce(0) { $0 + Double($1.box.width) * Double($1.box.height) } }

    /// Whether a shape may label a pixel of `rect`: never false where one does.
    ///
    /// - Complexity: O(log n) in the pieces of shapes.
    package func mayHaveLabels(in rect: PixelRect) -> Bool { index.touchesAny(rect) }

    /// The labels of the pixels of `rect`, 0 where there is none.
    ///
    /// - Parameter rect: inside the image.
    package func labels(in rect: PixelRect) -> LabelMap {
        precondition(
            PixelRect(x: 0, y: 0, width: width, height: height).contains(rect), "window \(rect) of \(width)×\(height) pixels")
        var map = LabelMap(
            width: rect.width, height: rect.height, labels: [UInt16](repeating: 0, count: rect.width * rect.height))
        guard rect.area > 0, mayHaveLabels(in: rect) else { return map }
        let bandHeight = StrokePainter.bandHeight
        let painter = StrokePainter()
        map.labels.withUnsafeMutableBufferPointer { target in
            for top in stride(from: rect.y / bandHeight * bandHeight, to: rect.endY, by: bandHeight) {
                let band = PixelRect(x: rect.x, y: top, width: rect.width, height: bandHeight)
                guard let part = band.intersection(rect) else { continue }
                draw(inBand: top, part, painter) { row, columns, label in
                    let start = (row - rect.y) * rect.width - rect.x
                    let pixels = start + columns.lowerBound..<start + columns.upperBound
                    UnsafeMutableBufferPointer(rebasing: target[pixels]).update(repeating: label)
                }
            }
        }
        return map
    }

    /// Draws what lies in a part of a band of rows, the lowest first.
    private func draw(
        inBand top: Int, _ part: PixelRect, _ painter: StrokePainter,
        _ mark: (_ row: Int, _ columns: Range<Int>, _ label: UInt16) -> Void
    ) {
        let found = index.touching(part)
        var next = 0
        while next < found.count {
            let item = Int(itemOfPiece[found[next]])
            var end = next + 1
            while end < found.count, Int(itemOfPiece[found[end]]) == item { end += 1 }
            let touching = found[next..<end].map { pieces[$0] }
            next = end
            let label = labels[item]
            guard let window = part.intersection(PixelRect.around(touching.map(\.box))) else { continue }
            if case .stroke(let stroke) = items[item] {
                let own = pieces[Int(pieceStarts[item])..<Int(pieceStarts[item + 1])]
                let runs = StrokeRuns(of: stroke, own, reaching: StrokePainter.drawnRows(ofBand: top), image: (width, height))
                painter.draw(stroke, runs, inBand: top, image: (width, height), window: window) { mark($0, $1, label) }
            } else {
                items[item].fill(window, touching) { mark($0, $1, label) }
            }
        }
    }
}

extension AnnotationPlane {
    /// Whether both can be the same plane: what one does not state is any. Channels lie on each other and do not count.
    func meets(_ other: AnnotationPlane) -> Bool {
        (z == nil || other.z == nil || z == other.z) && (time == nil || other.time == nil || time == other.time)
    }
}

extension PixelRect {
    /// The pixels of both; nil if there are none.
    package func intersection(_ other: PixelRect) -> PixelRect? {
        let (left, top) = (max(x, other.x), max(y, other.y))
        let (right, bottom) = (min(endX, other.endX), min(endY, other.endY))
        guard left < right, top < bottom else { return nil }
        return PixelRect(x: left, y: top, width: right - left, height: bottom - top)
    }

    /// The smallest rectangle around all; empty without any.
    static func around(_ rects: [PixelRect]) -> PixelRect {
        guard let first = rects.first else { return PixelRect(x: 0, y: 0, width: 0, height: 0) }
        var (left, top, right, bottom) = (first.x, first.y, first.endX, first.endY)
        for rect in rects.dropFirst() {
            (left, top) = (min(left, rect.x), min(top, rect.y))
            (right, bottom) = (max(right, rect.endX), max(bottom, rect.endY))
        }
        return PixelRect(x: left, y: top, width: right - left, height: bottom - top)
    }
}
