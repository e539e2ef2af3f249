internal import Annotations
internal import Foundation
package import Imaging

/// Shapes of napari as a table: a line for each vertex, with the shape's number and type and the vertex's coordinates.
///
/// Coordinates are of pixel centres; the last two are row and column, the one before them the plane, the one before that the time. Files of
/// napari name neither class nor width; ours have columns for them, which napari passes over.
package enum NapariShapes: AnnotationFormat {
    package static let name = "napari shapes"
    package static let option = "napari"
    package static let fileExtensions = ["csv"]

    /// What such a file begins with.
    static let header = "index,shape-type,vertex-index"

    package static func recognises(_ content: AnnotationContent) -> Bool { AnnotationSignature(content.bytes) == .table }

    package static func read(_ content: AnnotationContent, _ reading: AnnotationReading) throws(ImageError) -> ReadAnnotations {
        var lines = content.bytes.split(whereSeparator: { $0 == 10 || $0 == 13 }).makeIterator()
        let names = lines.next().map(fields) ?? []
        let columns = try NapariColumns(names, path: content.path)
        var builder = AnnotationBuilder(path: content.path)
        var shape: NapariShape?
        var number = 1
        while let line = lines.next() {
            number += 1
            let values = fields(line)
            guard values.count == names.count else {
                throw .corruptAnnotations(content.path, "line \(number): expected \(names.count) values, found \(values.count)")
            }
            let vertex = try columns.vertex(values, line: number, path: content.path)
            if shape?.index != values[0] {
                try add(shape, &builder, reading)
                shape = NapariShape(
                    index: values[0], type: values[1], classText: columns.text("class", values),
                    widthText: columns.text("width", values),
                    isClosed: columns.text("closed", values) == "1", line: number)
            }
            shape?.vertices.append(vertex.point)
            shape?.plane = vertex.plane
        }
        try add(shape, &builder, reading)
        return builder.finished()
    }

    private static func fields(_ line: ArraySlice<UInt8>) -> [String] {
        line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { field in
            let text = field.drop { $0 == 0x20 || $0 == 0xEF || $0 == 0xBB || $0 == 0xBF }
            return String(decoding: text, as: UTF8.self).trimmingCharacters(in: CharacterSet(charactersIn: " \""))
        }
    }

    private static func add(
        _ shape: NapariShape?, _ builder: inout AnnotationBuilder, _ reading: AnnotationReading
    ) throws(ImageError) {
        guard let shape else { return }
        var annotation = Annotation(try shape.geometry(builder.path, reading))
        annotation.plane = shape.plane
        if let text = shape.classText, !text.isEmpty {
            guard let number = Int(text), (1...AnnotationLimits.classMax).contains(number) else {
                throw .corruptAnnotations(
                    builder.path,
                    "line \(shape.line): expected a class of 1…\(AnnotationLimits.classMax), found \(text.prefix(20))")
            }
            annotation.classNumber = try builder.classNumber(number)
        }
        try builder.add(annotation)
    }
}

/// Where the values of a line stand.
private struct NapariColumns {
    private let names: [String]
    /// The columns of `axis-0`, `axis-1`, …
    private let axes: [Int]

    init(_ names: [String], path: String) throws(ImageError) {
        self.names = names
        axes = names.indices.filter { names[$0].hasPrefix("axis-") }
        guard axes.count >= 2 else {
            throw .corruptAnnotations(path, "line 1: expected columns axis-0 and axis-1, found \(axes.count) of axes")
        }
    }

    func text(_ name: String, _ values: [String]) -> String? { names.firstIndex(of: name).map { values[$0] } }

    func vertex(_ values: [String], line: Int, path: String) throws(ImageError) -> (
        point: AnnotationPoint, plane: AnnotationPlane?
    ) {
        var numbers: [Double] = []
        for axis in axes {
            guard let number = Double(values[axis]), AnnotationLimits.isCoordinate(number) else {
                throw .corruptAnnotations(
                    path,
                    "line \(line), \(names[axis].prefix(20)): expected \(AnnotationLimits.coordinateText), found \(values[axis].prefix(20))"
                )
            }
            numbers.append(number)
        }
        let count = numbers.count
        let point = AnnotationPoint(x: numbers[count - 1] + 0.5, y: numbers[count - 2] + 0.5)
        guard count > 2 else { return (point, nil) }
        let index = { (number: Double) in Int(max(0, number.rounded())) }
        return (point, AnnotationPlane(z: index(numbers[count - 3]), time: count > 3 ? index(numbers[count - 4]) : nil))
    }
}

/// The lines of one shape.
private struct NapariShape {
    let index: String
    let type: String
    let classText: String?
    let widthText: String?
    let isClosed: Bool
    /// Of the file, where the shape begins.
    let line: Int
    var vertices: [AnnotationPoint] = []
    var plane: AnnotationPlane?

    func geometry(_ path: String, _ reading: AnnotationReading) throws(ImageError) -> AnnotationShape {
        let wrong = { (expected: String) in
            ImageError.corruptAnnotations(
                path,
                "line \(line): expected \(expected), found a \(type.prefix(20)) of \(vertices.count) vertices"
            )
        }
        switch type {
        case "line", "path":
            guard vertices.count >= 2 else { throw wrong("a path of at least 2 vertices") }
            let width = widthText.flatMap { Double($0) } ?? reading.strokeWidth
            guard AnnotationLimits.isCoordinate(width), width >= 0 else { throw wrong("a width") }
            return .stroke(AnnotationPath(through: vertices, isClosed: isClosed), width: width)
        case "polygon":
            let ring = AnnotationPolygon.openRing(vertices)
            guard ring.count >= 3 else { throw wrong("a polygon of at least 3 vertices") }
            return .area([AnnotationPolygon(exterior: ring)])
        case "rectangle", "ellipse":
            guard vertices.count == 4 else { throw wrong("four corners") }
            return corners(isEllipse: type == "ellipse")
        default: throw wrong("a line, path, polygon, rectangle or ellipse")
        }
    }

    /// A rectangle or ellipse by its corners; a turned one is an area.
    private func corners(isEllipse: Bool) -> AnnotationShape {
        let (xs, ys) = (Set(vertices.map(\.x)).sorted(), Set(vertices.map(\.y)).sorted())
        if xs.count == 2, ys.count == 2 {
            let (width, height) = (xs[1] - xs[0], ys[1] - ys[0])
            return isEllipse
                ? .ellipse(x: xs[0], y: ys[0], width: width, height: height)
                : .rectangle(x: xs[0], y: ys[0], width: width, height: height)
        }
        guard isEllipse else { return .area([AnnotationPolygon(exterior: vertices)]) }
        // The circle of radius 1, put between the corners.
        let (a, b, d) = (vertices[0], vertices[1], vertices[3])
        let circle = AnnotationPolygon(ellipse: 0, 0, 1, 1).exterior.map { unit in
            AnnotationPoint(
                x: a.x + unit.x * (b.x - a.x) + unit.y * (d.x - a.x), y: a.y + unit.x * (b.y - a.y) + unit.y * (d.y - a.y))
        }
        return .area([AnnotationPolygon(exterior: circle)])
    }
}
