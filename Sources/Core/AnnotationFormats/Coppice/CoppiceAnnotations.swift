package import Annotations
package import Imaging

/// Our own files of annotations, which hold all of a document, and exactly: `Schemas/coppice-annotations.schema.json`.
package enum CoppiceAnnotations: JSONAnnotationFormat {
    package static let name = "Coppice annotations"
    package static let option = "coppice"
    package static let fileExtensions = ["annotations.json", "annotations"]

    static let format = "coppice-annotations"
    static let version = 1

    package static let holdsErasers = true

    static func recognises(_ document: JSONPlace) -> Bool { document["format"]?.string == format }

    static func read(_ document: JSONPlace, _ reading: AnnotationReading) throws(ImageError) -> ReadAnnotations {
        guard let version = document["version"]?.integer, version == Self.version else {
            let found = document["version"]?.value.summary ?? "nothing"
            throw .unsupported(path: document.path, reason: "version: expected \(Self.version), found \(found)")
        }
        var builder = AnnotationBuilder(path: document.path)
        var numbers: Set<Int> = []
        for place in try document.required("classes", "a list of classes").requiredElements() {
            let number = try place.required("number", "a number").integer(in: 1...AnnotationLimits.classMax)
            guard numbers.insert(number).inserted else {
                throw place.wrong("a class of another number than \(number), which is listed already")
            }
            let colour = try place["colour"].map { (colour) throws(ImageError) in
                guard let value = RGBColour(hex: try colour.text()) else { throw colour.wrong("a colour #RRGGBB") }
                return value
            }
            _ = try builder.classNumber(key: "\(number)", name: try place["name"]?.text(), colour: colour, number: number)
        }
        for place in try document.required("annotations", "a list of annotations").requiredElements() {
            var annotation = Annotation(try shape(place))
            annotation.classNumber = try place["class"]?.integer(in: 1...AnnotationLimits.classMax)
            if let number = annotation.classNumber, !numbers.contains(number) {
                throw place.wrong("a class that is listed, found \(number) in")
            }
            annotation.isEraser = try place["eraser"]?.flag() ?? false
            if annotation.isEraser, annotation.classNumber != nil { throw place.wrong("an eraser without a class") }
            (annotation.id, annotation.name) = (try place["id"]?.text(), try place["name"]?.text())
            (annotation.image, annotation.author) = (try place["image"]?.text(), try place["author"]?.text())
            annotation.time = try place["time"]?.text()
            annotation.level = try place["level"]?.integer(in: 0...64)
            annotation.plane = try place["plane"].map { (plane) throws(ImageError) in
                AnnotationPlane(
                    z: try plane["z"]?.integer(in: 0...Int(Int32.max)), time: try plane["t"]?.integer(in: 0...Int(Int32.max)),
                    channel: try plane["c"]?.integer(in: 0...Int(Int32.max)))
            }
            try builder.add(annotation)
        }
        // Shapes without a class keep having none, as all of a document is kept.
        var read = builder.document
        read.classes.sort { $0.number < $1.number }
        return ReadAnnotations(read)
    }

    // MARK: Shapes

    /// The shape of an object that has its `type`, and whatever else besides.
    ///
    /// - Throws: `ImageError`, with the place of what is wrong.
    package static func shape(_ place: JSONPlace) throws(ImageError) -> AnnotationShape {
        let type = try place.required("type", "a type")
        switch type.string {
        case "stroke":
            let text = try place.required("path", "a path of SVG")
            switch SVGPath.parse(try text.text()) {
            case .success(let path): return .stroke(path, width: try place.required("width", "a width").length())
            case .failure(let error): throw .corruptAnnotations(place.path, "\(text.place): \(error.reason)")
            }
        case "area":
            var polygons: [AnnotationPolygon] = []
            for rings in try place.required("polygons", "a list of polygons").requiredElements() {
                var points: [[AnnotationPoint]] = []
                for ring in try rings.requiredElements("a list of rings") {
                    points.append(try ring.points())
                    guard points[points.count - 1].count >= 3 else { throw ring.wrong("a ring of at least 3 points") }
                }
                guard let exterior = points.first else { throw rings.wrong("a ring") }
                polygons.append(AnnotationPolygon(exterior: exterior, holes: Array(points.dropFirst())))
            }
            return .area(polygons)
        case "rectangle", "ellipse":
            let (x, y) = (try place.required("x", "a number").coordinate(), try place.required("y", "a number").coordinate())
            let width = try place.required("width", "a width").length()
            let height = try place.required("height", "a height").length()
            return type.string == "ellipse"
                ? .ellipse(x: x, y: y, width: width, height: height) : .rectangle(x: x, y: y, width: width, height: height)
        case "points": return .points(try place.required("points", "a list of points").points())
        case "raster": return .raster(try patch(place))
        default: throw type.wrong("stroke, area, rectangle, ellipse, points or raster")
        }
    }

    private static func patch(_ place: JSONPlace) throws(ImageError) -> RasterPatch {
        let far = -1_000_000_000...1_000_000_000
        let (x, y) = (try place.required("x", "a column").integer(in: far), try place.required("y", "a row").integer(in: far))
        let width = try place.required("width", "a width").integer(in: 0...AnnotationLimits.sideMax)
        let height = try place.required("height", "a height").integer(in: 0...AnnotationLimits.sideMax)
        let runs = try place.required("runs", "runs of pixels")
        guard case .numbers(let numbers) = runs.value, numbers.count.isMultiple(of: 3) else {
            throw runs.wrong("a list of numbers, three for each run: row, first column, column behind the last")
        }
        var rows = [[Range<Int>]](repeating: [], count: height)
        for index in stride(from: 0, to: numbers.count, by: 3) {
            guard let row = Int(exactly: numbers[index]), let start = Int(exactly: numbers[index + 1]),
                let end = Int(exactly: numbers[index + 2]), (0..<height).contains(row), 0 <= start, start < end, end <= width,
                rows[row].last.map({ $0.upperBound < start }) ?? true
            else {
                throw JSONPlace(.numbers(Array(numbers[index..<index + 3])), path: place.path, place: "\(runs.place)[\(index)]")
                    .wrong("a row, and columns inside the patch that ascend and do not touch")
            }
            rows[row].append(start..<end)
        }
        return RasterPatch(bounds: PixelRect(x: x, y: y, width: width, height: height), rows: rows)
    }
}
