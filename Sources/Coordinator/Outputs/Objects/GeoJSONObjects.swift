internal import Imaging
internal import Objects
internal import Protocol

/// Writes objects as QuPath's GeoJSON: a feature for each, its outline in pixels of the image, (0, 0) the corner of the first one. QuPath knows
/// classes by name alone; the list after the features says which label each is.
final class GeoJSONObjects: ObjectWriter {
    private let file: ObjectTextFile
    private let catalogue: ObjectCatalogue
    private let columns: [ObjectCatalogue.Column]
    /// By label: the member with name and colour.
    private let classifications: [Int: String]
    private let classes: [String]
    private let titles: [String]
    private var isFirst = true

    var path: String { file.path }

    init(path: String, _ catalogue: ObjectCatalogue) throws {
        file = try ObjectTextFile(path: path)
        self.catalogue = catalogue
        columns = catalogue.columns
        titles = columns.map { ObjectText.quoted($0.title) }
        let members = catalogue.classes.map { one in
            let colour = one.colour
            return (
                one.label, "\"name\":\(ObjectText.quoted(one.name)),\"color\":[\(colour.red),\(colour.green),\(colour.blue)]"
            )
        }
        classifications = Dictionary(members.map { ($0, "\"classification\":{\($1)}") }) { first, _ in first }
        classes = members.map { "{\"number\":\($0),\($1)}" }
        try file.write("{\"type\":\"FeatureCollection\",\"features\":[")
    }

    func write(_ object: MeasuredObject) throws {
        var text = isFirst ? "\n" : ",\n"
        isFirst = false
        text += "{\"type\":\"Feature\",\"geometry\":"
        text += Self.geometry(object.drawn)
        text += ",\"properties\":{\"objectType\":\"\(catalogue.isDetections ? "detection" : "annotation")\","
        if let member = classifications[object.label] { text += member + "," }
        text += "\"measurements\":{\"Object\":\(object.number)"
        for (column, title) in zip(columns, titles) {
            guard let value = column.value(object) else { continue }
            text += ",\(title):\(ObjectText.number(value))"
        }
        text += "}}}"
        try file.write(text)
    }

    /// A polygon, several, or none of an outline that is not kept.
    static func geometry(_ polygons: [ObjectPolygon]) -> String {
        guard let first = polygons.first else { return "null" }
        if polygons.count == 1 { return "{\"type\":\"Polygon\",\"coordinates\":\(coordinates(first))}" }
        return "{\"type\":\"MultiPolygon\",\"coordinates\":[\(polygons.map(coordinates).joined(separator: ","))]}"
    }

    private static func coordinates(_ polygon: ObjectPolygon) -> String {
        "[" + ([polygon.exterior] + polygon.holes).map(ring).joined(separator: ",") + "]"
    }

    private static func ring(_ ring: [ObjectPolygon.Point]) -> String {
        var text = "["
        for point in ring { text += "[\(ObjectText.number(point.x)),\(ObjectText.number(point.y))]," }
        if let first = ring.first { text += "[\(ObjectText.number(first.x)),\(ObjectText.number(first.y))]" }
        return text + "]"
    }

    func seal() throws {
        try file.write("\n],\"classes\":[\(classes.joined(separator: ","))]}\n")
        try file.seal()
    }

    func publish() throws { try file.publish() }
}
