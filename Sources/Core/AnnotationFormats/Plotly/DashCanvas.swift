package import Annotations
internal import Foundation
package import Imaging

/// Drawings of dash-canvas: the JSON of a Fabric canvas, often as a text in JSON.
///
/// A path is in coordinates of its own: turned and scaled about the middle of its box, which lies at `left`, `top` on the canvas, with the line's
/// width around it. The canvas shows the image at `left`, `top` and a scale. Classes are the colours of the lines, in the order in which they
/// appear.
package enum DashCanvas: JSONAnnotationFormat {
    package static let name = "dash-canvas drawing"
    package static let option = "dash-canvas"
    package static let fileExtensions: [String] = []

    static func recognises(_ document: JSONPlace) -> Bool { (try? objects(of: document)) != nil }

    /// The objects of a canvas.
    private static func objects(of document: JSONPlace) throws(ImageError) -> JSONPlace {
        var canvas = document
        if let text = document.string {
            canvas = try JSONParser.parse(Array(text.utf8), path: document.path)
        }
        guard let objects = canvas["objects"], let elements = objects.elements, elements.allSatisfy({ $0["type"]?.string != nil })
        else {
            throw document.wrong("a drawing of dash-canvas")
        }
        return objects
    }

    static func read(_ document: JSONPlace, _ reading: AnnotationReading) throws(ImageError) -> ReadAnnotations {
        let objects = try objects(of: document).requiredElements()
        var reader = FabricReader(builder: AnnotationBuilder(path: document.path), reading: reading)
        if let image = objects.first(where: { $0["type"]?.string == "image" }) { try reader.place(image: image) }
        for object in objects { try reader.add(object) }
        return reader.builder.finished()
    }

    package static func write(_ document: AnnotationDocument, _ writing: AnnotationWriting) throws(ImageError) -> [UInt8]? { nil }
}

/// Reads the objects of a Fabric canvas.
private struct FabricReader {
    var builder: AnnotationBuilder
    let reading: AnnotationReading
    /// Where the canvas shows the image's corner, and how many of its units a pixel has.
    private var (left, top, scaleX, scaleY) = (0.0, 0.0, 1.0, 1.0)

    init(builder: AnnotationBuilder, reading: AnnotationReading) { (self.builder, self.reading) = (builder, reading) }

    mutating func place(image: JSONPlace) throws(ImageError) {
        (left, top) = (try image["left"]?.coordinate() ?? 0, try image["top"]?.coordinate() ?? 0)
        (scaleX, scaleY) = (try scale(image, "scaleX"), try scale(image, "scaleY"))
        guard scaleX > 0, scaleY > 0 else { throw image.wrong("an image with a scale above 0") }
    }

    mutating func add(_ object: JSONPlace) throws(ImageError) {
        let type = object["type"]?.string ?? ""
        guard type != "image" else { return }
        let strokeWidth = try object["strokeWidth"]?.length() ?? 1
        let frame = try FabricFrame(object, strokeWidth: strokeWidth)
        let width = max(0, strokeWidth * (frame.scale / (scaleX * scaleY).squareRoot()))
        let place = { [left, top, scaleX, scaleY] (point: AnnotationPoint) in
            let onCanvas = frame.place(point)
            return AnnotationPoint(x: (onCanvas.x - left) / scaleX, y: (onCanvas.y - top) / scaleY)
        }
        let shape: AnnotationShape
        switch type {
        case "path":
            let path = try path(try object.required("path", "a list of commands"))
            let offset: AnnotationPoint
            if let known = frame.pathOffset { offset = known } else { offset = try path.middle(of: builder.path) }
            shape = .stroke(path.mapped { place(AnnotationPoint(x: $0.x - offset.x, y: $0.y - offset.y)) }, width: width)
        case "line":
            var ends: [Double] = []
            for name in ["x1", "y1", "x2", "y2"] {
                ends.append(try object.required(name, AnnotationLimits.coordinateText).coordinate())
            }
            // Fabric draws a line about the middle of its box, like a path.
            let (midX, midY) = ((ends[0] + ends[2]) / 2, (ends[1] + ends[3]) / 2)
            let points = [
                AnnotationPoint(x: ends[0] - midX, y: ends[1] - midY), AnnotationPoint(x: ends[2] - midX, y: ends[3] - midY),
            ]
            shape = .stroke(AnnotationPath(through: points.map(place)), width: width)
        case "rect", "circle", "ellipse":
            let (halfX, halfY) = (frame.width / 2, frame.height / 2)
            let corners = [(-1.0, -1.0), (1, -1), (1, 1), (-1, 1)].map {
                place(AnnotationPoint(x: $0.0 * halfX, y: $0.1 * halfY))
            }
            if frame.degrees != 0 {
                guard type == "rect" else {
                    builder.leaveOut("turned \(type)")
                    return
                }
                shape = .area([AnnotationPolygon(exterior: corners)])
            } else {
                let (x, y) = (min(corners[0].x, corners[2].x), min(corners[0].y, corners[2].y))
                let size = (abs(corners[2].x - corners[0].x), abs(corners[2].y - corners[0].y))
                shape =
                    type == "rect"
                    ? .rectangle(x: x, y: y, width: size.0, height: size.1) : .ellipse(x: x, y: y, width: size.0, height: size.1)
            }
        default:
            builder.leaveOut(type.prefix(20).inOneLine)
            return
        }
        let text = object["stroke"]?.string ?? object["fill"]?.string
        let number = try text.map { (text) throws(ImageError) in
            let colour = CSSColour.parse(text)
            return try builder.classNumber(key: colour?.hex ?? text, name: nil, colour: colour)
        }
        guard shape.isBounded else { throw object.wrong("coordinates of ±1e9") }
        try builder.add(Annotation(shape, classNumber: number))
    }

    private func scale(_ object: JSONPlace, _ name: String) throws(ImageError) -> Double {
        try object[name]?.coordinate() ?? 1
    }

    /// A path of Fabric: a list of commands, each a list of its letter and numbers, which reads like a path of SVG.
    private func path(_ place: JSONPlace) throws(ImageError) -> AnnotationPath {
        var text = ""
        for command in try place.requiredElements("a list of commands") {
            for part in try command.requiredElements("a command") {
                if let letter = part.string { text += letter.prefix(1) } else { text += " \(try part.coordinate().shortest)" }
            }
        }
        switch SVGPath.parse(text) {
        case .success(let path): return path
        case .failure(let error): throw .corruptAnnotations(builder.path, "\(place.place): \(error.reason)")
        }
    }
}

/// How Fabric puts an object on its canvas: about the middle of its box.
private struct FabricFrame {
    /// The middle of the box on the canvas.
    private let centre: AnnotationPoint
    private let (scaleX, scaleY): (Double, Double)
    let (width, height): (Double, Double)
    let degrees: Double
    /// The middle of a path's box in coordinates of its own, where the file says it.
    let pathOffset: AnnotationPoint?

    /// How much larger lengths are on the canvas, by the mean of both directions.
    var scale: Double { abs(scaleX * scaleY).squareRoot() }

    init(_ object: JSONPlace, strokeWidth: Double) throws(ImageError) {
        let (left, top) = (try object["left"]?.coordinate() ?? 0, try object["top"]?.coordinate() ?? 0)
        (width, height) = (try object["width"]?.coordinate() ?? 0, try object["height"]?.coordinate() ?? 0)
        let flips = (object["flipX"]?.bool == true ? -1.0 : 1, object["flipY"]?.bool == true ? -1.0 : 1)
        let scales = (try object["scaleX"]?.coordinate() ?? 1, try object["scaleY"]?.coordinate() ?? 1)
        (scaleX, scaleY) = (scales.0 * flips.0, scales.1 * flips.1)
        degrees = try object["angle"]?.coordinate() ?? 0
        let origins = (object["originX"]?.string ?? "left", object["originY"]?.string ?? "top")
        // From the origin to the middle, before it is turned.
        let shares: [String: Double] = ["left": 0.5, "top": 0.5, "right": -0.5, "bottom": -0.5]
        let share = { (origin: String) -> Double in shares[origin] ?? 0 }
        let (dx, dy) = (
            share(origins.0) * (width + strokeWidth) * scales.0, share(origins.1) * (height + strokeWidth) * scales.1
        )
        let (cosine, sine) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
        centre = AnnotationPoint(x: left + dx * cosine - dy * sine, y: top + dx * sine + dy * cosine)
        if let offset = object["pathOffset"] {
            pathOffset = AnnotationPoint(
                x: try offset.required("x", "a number").coordinate(), y: try offset.required("y", "a number").coordinate())
        } else {
            pathOffset = nil
        }
    }

    /// Where a point, seen from the middle of the object's box, lies on the canvas.
    func place(_ point: AnnotationPoint) -> AnnotationPoint {
        let (x, y) = (point.x * scaleX, point.y * scaleY)
        let (cosine, sine) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
        return AnnotationPoint(x: centre.x + x * cosine - y * sine, y: centre.y + x * sine + y * cosine)
    }
}

extension AnnotationPath {
    /// The middle of the box around the path's points.
    ///
    /// - Throws: as `lines(of:)`.
    fileprivate func middle(of file: String) throws(ImageError) -> AnnotationPoint {
        let points = try lines(of: file).flatMap(\.points)
        guard let first = points.first else { return AnnotationPoint(x: 0, y: 0) }
        var (low, high) = (first, first)
        for point in points {
            (low.x, low.y) = (min(low.x, point.x), min(low.y, point.y))
            (high.x, high.y) = (max(high.x, point.x), max(high.y, point.y))
        }
        return AnnotationPoint(x: (low.x + high.x) / 2, y: (low.y + high.y) / 2)
    }
}
