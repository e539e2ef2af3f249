package import Annotations
package import Imaging

extension PlotlyShapes {
    /// `{"shapes": […], "classes": […]}`. Each class has a colour of its own, by which its shapes are told. Areas are paths without a line,
    /// points and raster patches the areas of their pixels.
    package static func write(_ document: AnnotationDocument, _ writing: AnnotationWriting) throws(ImageError) -> [UInt8]? {
        let colours = ClassColours(document)
        let offset = writing.isCentred ? -0.5 : 0
        var json = JSONWriter()
        json.object { json in
            json.name("shapes")
            json.list { json in
                for annotation in document.annotations {
                    json.line()
                    json.object { json in write(annotation, colours[annotation.classNumber], offset, &json) }
                }
            }
            json.classes(document.classes, colourName: "color") { colours[$0.number] }
        }
        return json.bytes + [10]
    }

    private static func write(_ annotation: Annotation, _ colour: RGBColour?, _ offset: Double, _ json: inout JSONWriter) {
        json.member("editable", true)
        for axis in ["x", "y"] { json.member("\(axis)ref", axis) }
        json.member("layer", "above")
        json.member("opacity", 1)
        json.member("name", annotation.name)
        let area: [AnnotationPolygon]
        switch annotation.shape {
        case .stroke(let path, let width):
            line(colour, width, &json)
            json.member("type", "path")
            json.member("path", path.moved(by: offset).svg)
            return
        case .rectangle(let x, let y, let width, let height):
            box("rect", x + offset, y + offset, width, height, colour, &json)
            return
        case .ellipse(let x, let y, let width, let height):
            box("circle", x + offset, y + offset, width, height, colour, &json)
            return
        case .area(let polygons): area = polygons
        case .points(let points): area = points.map(\.pixelSquare)
        case .raster(let patch): area = PatchOutline.polygons(of: patch)
        }
        line(colour, 0, &json)
        json.member("fillcolor", colour?.hex ?? "#FFFFFF")
        json.member("fillrule", "evenodd")
        json.member("type", "path")
        json.member("path", AnnotationPath(around: area).moved(by: offset).svg)
    }

    private static func line(_ colour: RGBColour?, _ width: Double, _ json: inout JSONWriter) {
        json.name("line")
        json.object { json in
            json.member("color", colour?.hex)
            json.member("width", width)
            json.member("dash", "solid")
        }
    }

    private static func box(
        _ type: String, _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ colour: RGBColour?,
        _ json: inout JSONWriter
    ) {
        line(colour, 1, &json)
        json.member("type", type)
        json.member("x0", x)
        json.member("y0", y)
        json.member("x1", x + width)
        json.member("y1", y + height)
    }
}

/// A colour for each class of a document, no two the same: its own, or one of the series.
struct ClassColours {
    private var colours: [Int: RGBColour] = [:]

    init(_ document: AnnotationDocument) {
        var used: Set<RGBColour> = []
        for item in document.classes {
            guard let colour = item.colour, used.insert(colour).inserted else { continue }
            colours[item.number] = colour
        }
        let numbers = Set(document.classes.map(\.number)).union(document.annotations.compactMap(\.classNumber))
        for number in numbers.sorted() where colours[number] == nil {
            // Beyond the series, colours differ by a count.
            let free =
                (number - 1..<number + 511).lazy.map(RGBColour.classColour).first { !used.contains($0) }
                ?? (1...0xFF_FFFF).lazy.map { RGBColour(packed: UInt32($0)) }.first { !used.contains($0) }
            guard let free else { continue }
            used.insert(free)
            colours[number] = free
        }
    }

    /// Nil for no class.
    subscript(number: Int?) -> RGBColour? { number.flatMap { colours[$0] } }
}

extension AnnotationPath {
    /// The outlines of polygons, exteriors clockwise as shown and holes against them.
    init(around polygons: [AnnotationPolygon]) {
        let oriented = polygons.map { $0.oriented(clockwise: true) }
        self.init(oriented.flatMap { [$0.exterior] + $0.holes }.flatMap { AnnotationPath(through: $0, isClosed: true).elements })
    }
}

extension AnnotationPoint {
    /// The pixel that the point lies in, as a polygon.
    var pixelSquare: AnnotationPolygon {
        let (x, y) = (x.rounded(.down), y.rounded(.down))
        return AnnotationPolygon(
            exterior: [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)].map { AnnotationPoint(x: $0.0, y: $0.1) })
    }
}
