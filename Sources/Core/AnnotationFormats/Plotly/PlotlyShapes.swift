internal import Annotations
internal import Imaging

/// Shapes of plotly, as the browser applications built on Dash store them.
///
/// Containers: a list of shapes, `{"shapes": […]}`, a figure (`layout.shapes`, `figure.layout.shapes`), and an object of files, each with
/// its shapes. A path or line is a stroke; a path without a line (`line.width` 0 and a `fillcolor`) is an area; a rectangle or circle is filled.
/// Shapes that are placed on the paper instead of the image are passed over.
///
/// Classes are told by colour: one of the original application's five, in their order; otherwise one of the five that it had before; all
/// other colours in the order in which they appear. Files that we write list their classes themselves.
package enum PlotlyShapes: JSONAnnotationFormat {
    package static let name = "plotly shapes"
    package static let option = "plotly"
    package static let fileExtensions = ["json"]

    /// The colours of the original application's classes.
    static let colours = ["#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2"].compactMap(RGBColour.init(hex:))
    /// Those of its older version.
    static let olderColours = ["#FD3216", "#00FE35", "#6A76FC", "#FED4C4", "#FE00CE"].compactMap(RGBColour.init(hex:))

    static func recognises(_ document: JSONPlace) -> Bool { !lists(of: document).isEmpty }

    static func read(_ document: JSONPlace, _ reading: AnnotationReading) throws(ImageError) -> ReadAnnotations {
        let lists = lists(of: document)
        var reader = PlotlyReader(path: document.path, reading)
        try reader.list(classes: document["classes"])
        for list in lists { try reader.survey(list.shapes) }
        for list in lists { try reader.add(list.shapes, image: list.image) }
        return reader.builder.finished()
    }

    /// The lists of shapes in a document, and the images that they are of.
    static func lists(of document: JSONPlace) -> [(image: String?, shapes: JSONPlace)] {
        if isShapes(document) { return [(nil, document)] }
        for place in [document, document["layout"], document["figure"]?["layout"]] {
            if let shapes = place?["shapes"], shapes.isList { return [(nil, shapes)] }
        }
        let files = (document.members ?? []).compactMap { name, value in
            value["shapes"].flatMap { $0.isList ? (image: Optional(name), shapes: $0) : nil }
        }
        return files.count == (document.members ?? []).count { $0.name != "classes" } ? files : []
    }

    /// Whether a list is one of shapes: each has a type of plotly's. An empty list is one.
    private static func isShapes(_ list: JSONPlace) -> Bool {
        switch list.value {
        case .numbers(let numbers): numbers.isEmpty
        case .list(let values):
            values.prefix(16).allSatisfy { value in
                let shape = JSONPlace(value, path: list.path)
                let isPlaced = shape["path"] != nil || shape["x0"] != nil
                return isPlaced
                    && shape["type"]?.string.map { ["path", "line", "rect", "circle"].contains($0) } ?? (shape["path"] != nil)
            }
        default: false
        }
    }
}

/// Reads the shapes of a plotly document, list by list.
struct PlotlyReader {
    var builder: AnnotationBuilder
    private let reading: AnnotationReading
    private let offset: Double
    /// Which series of colours numbers the classes; nil for none of them.
    private var series: [RGBColour]?
    /// Whether the file lists its classes.
    private var isListed = false

    init(path: String, _ reading: AnnotationReading) {
        builder = AnnotationBuilder(path: path)
        self.reading = reading
        offset = reading.isCentred ? 0.5 : 0
    }

    /// Takes the classes that a file of ours lists.
    mutating func list(classes: JSONPlace?) throws(ImageError) {
        guard let classes else { return }
        for place in try classes.requiredElements() {
            let number = try place.required("number", "the number of a class").integer(in: 1...AnnotationLimits.classMax)
            let text = try place.required("color", "a colour").text()
            _ = try builder.classNumber(
                key: key(text), name: place["name"]?.string, colour: CSSColour.parse(text), number: number)
        }
        isListed = true
    }

    /// Looks for the series of colours that a list of shapes uses. The first series wins, wherever it occurs.
    mutating func survey(_ shapes: JSONPlace) throws(ImageError) {
        guard !isListed else { return }
        for shape in try shapes.requiredElements() {
            guard let colour = colourText(of: shape).flatMap(CSSColour.parse) else { continue }
            if PlotlyShapes.colours.contains(colour) { series = PlotlyShapes.colours }
            if series == nil, PlotlyShapes.olderColours.contains(colour) { series = PlotlyShapes.olderColours }
        }
        if let series { builder.numberClasses(from: series.count + 1) }
    }

    mutating func add(_ shapes: JSONPlace, image: String?) throws(ImageError) {
        for shape in try shapes.requiredElements() {
            guard shape.isObject else { throw shape.wrong("a shape") }
            let axes = [shape["xref"]?.string, shape["yref"]?.string].compactMap { $0 }
            guard axes.allSatisfy({ $0 != "paper" && !$0.hasSuffix("domain") }) else {
                builder.leaveOut("shape beside the image")
                continue
            }
            let geometry = try geometry(of: shape)
            var annotation = Annotation(geometry, classNumber: try classNumber(of: shape))
            (annotation.image, annotation.name) = (image, shape["name"]?.string)
            try builder.add(annotation)
        }
    }

    // MARK: Parts of a shape

    private func colourText(of shape: JSONPlace) -> String? { shape["line"]?["color"]?.string ?? shape["fillcolor"]?.string }

    /// What a class is known by: its colour, or the text of a colour that has other names.
    private func key(_ text: String) -> String { CSSColour.parse(text)?.hex ?? text }

    private mutating func classNumber(of shape: JSONPlace) throws(ImageError) -> Int? {
        guard let text = colourText(of: shape) else { return nil }
        let colour = CSSColour.parse(text)
        let position = colour.flatMap { colour in series?.firstIndex(of: colour) }
        return try builder.classNumber(key: key(text), name: nil, colour: colour, number: position.map { $0 + 1 })
    }

    private func geometry(of shape: JSONPlace) throws(ImageError) -> AnnotationShape {
        let width = try shape["line"]?["width"]?.length() ?? reading.strokeWidth
        let kind = shape["type"]?.string ?? "path"
        switch kind {
        case "path":
            let text = try shape.required("path", "a path of SVG")
            switch SVGPath.parse(try text.text()) {
            case .failure(let error): throw .corruptAnnotations(builder.path, "\(text.place): \(error.reason)")
            case .success(let path):
                let moved = path.moved(by: offset)
                let isArea = width == 0 && shape["fillcolor"] != nil
                return isArea ? .area(try moved.polygons(of: builder.path)) : .stroke(moved, width: width)
            }
        case "line", "rect", "circle":
            var corners: [Double] = []
            for name in ["x0", "y0", "x1", "y1"] {
                corners.append(try shape.required(name, AnnotationLimits.coordinateText).coordinate() + offset)
            }
            if kind == "line" {
                let points = [AnnotationPoint(x: corners[0], y: corners[1]), AnnotationPoint(x: corners[2], y: corners[3])]
                return .stroke(AnnotationPath(through: points), width: width)
            }
            let (x, y) = (min(corners[0], corners[2]), min(corners[1], corners[3]))
            let (right, bottom) = (max(corners[0], corners[2]), max(corners[1], corners[3]))
            return kind == "rect"
                ? .rectangle(x: x, y: y, width: right - x, height: bottom - y)
                : .ellipse(x: x, y: y, width: right - x, height: bottom - y)
        default: throw shape.wrong("a path, line, rect or circle")
        }
    }
}
