internal import Annotations
internal import Foundation
internal import Imaging

/// GeoJSON as QuPath writes and reads it; also that of other programs. Coordinates are pixels of full resolution.
///
/// A document is a collection of features, a feature, a geometry, or a list of those. Features may hold others (`childObjects`). The class is
/// `classification`: a text, or an object with `name`, `names` or `parentClass`, and `color` or `colorRGB`. Lines are strokes, whose width is
/// `metadata.strokeWidth`; polygons are areas, or ellipses where the geometry says `isEllipse`; points with a `radius` are circles.
package enum QuPathGeoJSON: JSONAnnotationFormat {
    package static let name = "QuPath GeoJSON"
    package static let option = "qupath"
    package static let fileExtensions = ["geojson"]

    private static let geometries: Set = [
        "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection",
    ]

    static func recognises(_ document: JSONPlace) -> Bool {
        if case .list(let values) = document.value, let first = values.first {
            return isFeature(JSONPlace(first, path: document.path))
        }
        return isFeature(document)
    }

    private static func isFeature(_ place: JSONPlace) -> Bool {
        guard let type = place["type"]?.string else { return false }
        return type == "FeatureCollection" || type == "Feature" || geometries.contains(type)
    }

    static func read(_ document: JSONPlace, _ reading: AnnotationReading) throws(ImageError) -> ReadAnnotations {
        var reader = GeoJSONReader(builder: AnnotationBuilder(path: document.path), reading: reading)
        try reader.list(classes: document["classes"])
        try reader.add(document)
        return reader.builder.finished()
    }
}

/// Reads features, and those in them.
private struct GeoJSONReader {
    var builder: AnnotationBuilder
    let reading: AnnotationReading
    private var offset: Double { reading.isCentred ? 0.5 : 0 }

    init(builder: AnnotationBuilder, reading: AnnotationReading) { (self.builder, self.reading) = (builder, reading) }

    /// Takes the classes that a file of ours lists.
    mutating func list(classes: JSONPlace?) throws(ImageError) {
        for place in classes?.elements ?? [] where place.isObject {
            let number = try place.required("number", "the number of a class").integer(in: 1...AnnotationLimits.classMax)
            let name = try place.required("name", "a name").text()
            _ = try builder.classNumber(key: name, name: name, colour: colour(of: place), number: number)
        }
    }

    mutating func add(_ place: JSONPlace) throws(ImageError) {
        if place.isList {
            for element in try place.requiredElements() { try add(element) }
            return
        }
        switch try place.required("type", "a type of GeoJSON").text() {
        case "FeatureCollection":
            for feature in try place.required("features", "a list of features").requiredElements() { try add(feature) }
        case "Feature":
            try add(feature: place)
            let children = place["childObjects"] ?? place["properties"]?["childObjects"]
            for child in try children?.requiredElements() ?? [] { try add(child) }
        default: try add(geometry: place, Properties())
        }
    }

    /// What a feature says of its geometry.
    private struct Properties {
        var annotation = Annotation(.points([]))
        var strokeWidth: Double?
        var radius: Double?
        var isClosed = false
    }

    private mutating func add(feature: JSONPlace) throws(ImageError) {
        // A feature without a place, as GeoJSON allows it.
        guard let geometry = feature["geometry"] else {
            if feature["childObjects"] == nil { builder.leaveOut("feature without a geometry") }
            return
        }
        var properties = Properties()
        // QuPath once wrote the kind of the object here, the same for all.
        properties.annotation.id = feature["id"]?.string.flatMap { $0.hasPrefix("Path") && $0.hasSuffix("Object") ? nil : $0 }
        if let place = feature["properties"] {
            properties.annotation.name = place["name"]?.string
            properties.annotation.classNumber = try classNumber(place["classification"])
            properties.radius = try place["radius"]?.length()
            if let metadata = place["metadata"] {
                properties.strokeWidth = try width(metadata["strokeWidth"])
                properties.isClosed = metadata["closed"]?.string == "true"
                properties.annotation.image = metadata["image"]?.string
                properties.annotation.author = metadata["author"]?.string
                properties.annotation.time = metadata["time"]?.string
            }
        }
        if feature["nucleusGeometry"] != nil { builder.leaveOut("nucleus of a cell") }
        try add(geometry: geometry, properties)
    }

    /// A width, which QuPath keeps as a text like all metadata.
    private func width(_ place: JSONPlace?) throws(ImageError) -> Double? {
        guard let place else { return nil }
        guard let text = place.string else { return try place.length() }
        guard let width = Double(text), AnnotationLimits.isCoordinate(width), width >= 0 else { throw place.wrong("a width") }
        return width
    }

    // MARK: Classes

    private mutating func classNumber(_ place: JSONPlace?) throws(ImageError) -> Int? {
        guard let place, let name = className(place, depth: 0) else { return nil }
        return try builder.classNumber(key: name, name: name, colour: colour(of: place))
    }

    /// `Tumor: Positive` for a class that is derived from another.
    private func className(_ place: JSONPlace, depth: Int) -> String? {
        if let text = place.string { return text.isEmpty ? nil : text }
        let names = (place["names"]?.elements ?? []).compactMap(\.string)
        let own = place["name"]?.string ?? (names.isEmpty ? nil : names.joined(separator: ": "))
        guard let own, let parent = place["parentClass"], depth < 16, let outer = className(parent, depth: depth + 1) else {
            return own
        }
        return own.hasPrefix("\(outer): ") ? own : "\(outer): \(own)"
    }

    private func colour(of place: JSONPlace) -> RGBColour? {
        if case .numbers(let values)? = place["color"]?.value, values.count >= 3,
            values[..<3].allSatisfy({ (0...255).contains($0) })
        {
            return RGBColour(red: UInt8(values[0]), green: UInt8(values[1]), blue: UInt8(values[2]))
        }
        return (place["colorRGB"] ?? place["color"])?.integer.map { RGBColour(packed: UInt32(truncatingIfNeeded: $0)) }
    }

    // MARK: Geometries

    private mutating func add(geometry: JSONPlace, _ properties: Properties) throws(ImageError) {
        let type = try geometry.required("type", "a type of geometry")
        if type.string == "GeometryCollection" {
            for part in try geometry.required("geometries", "a list of geometries").requiredElements() {
                try add(geometry: part, properties)
            }
            return
        }
        let coordinates = try geometry.required("coordinates", "coordinates")
        var annotation = properties.annotation
        annotation.plane = try geometry["plane"].flatMap { (plane) throws(ImageError) in
            let indices = AnnotationPlane(z: try index(plane["z"]), time: try index(plane["t"]), channel: try index(plane["c"]))
            return indices == AnnotationPlane() ? nil : indices
        }
        switch type.string {
        case "Point", "MultiPoint":
            let points = type.string == "Point" ? [try coordinates.point()] : try coordinates.points()
            let places = points.map(moved)
            guard let radius = properties.radius else {
                annotation.shape = .points(places)
                break
            }
            for place in places {
                annotation.shape = .ellipse(x: place.x - radius, y: place.y - radius, width: 2 * radius, height: 2 * radius)
                try builder.add(annotation)
            }
            return
        case "LineString", "MultiLineString":
            let lines = type.string == "LineString" ? [coordinates] : try coordinates.requiredElements("a list of lines")
            var elements: [AnnotationPath.Element] = []
            for line in lines {
                let points = try line.points().map(moved)
                guard points.count >= 2 else { throw line.wrong("a line of at least 2 points") }
                let isRing = properties.isClosed && points.count > 2 && points.first == points.last
                elements += AnnotationPath(through: isRing ? points.dropLast() : points, isClosed: isRing).elements
            }
            annotation.shape = .stroke(AnnotationPath(elements), width: properties.strokeWidth ?? reading.strokeWidth)
        case "Polygon", "MultiPolygon":
            var polygons: [AnnotationPolygon] = []
            for rings in type.string == "Polygon" ? [coordinates] : try coordinates.requiredElements("a list of polygons") {
                if let polygon = try polygon(rings) { polygons.append(polygon) }
            }
            let isEllipse = geometry["isEllipse"]?.bool == true && polygons.count == 1
            annotation.shape = isEllipse ? polygons[0].ellipse : .area(polygons)
        default: throw type.wrong("a type of geometry of GeoJSON")
        }
        try builder.add(annotation)
    }

    /// A polygon; nil for an empty one.
    private func polygon(_ place: JSONPlace) throws(ImageError) -> AnnotationPolygon? {
        var rings: [[AnnotationPoint]] = []
        for ring in try place.requiredElements("a list of rings") {
            let points = AnnotationPolygon.openRing(try ring.points().map(moved))
            guard points.count >= 3 else { throw ring.wrong("a ring of at least 3 points and the first again") }
            rings.append(points)
        }
        guard let exterior = rings.first else { return nil }
        return AnnotationPolygon(exterior: exterior, holes: Array(rings.dropFirst()))
    }

    private func moved(_ point: AnnotationPoint) -> AnnotationPoint { AnnotationPoint(x: point.x + offset, y: point.y + offset) }

    /// An index of a plane; nil for -1, which means all.
    private func index(_ place: JSONPlace?) throws(ImageError) -> Int? {
        guard let index = try place?.integer(in: -1...Int(Int32.max)), index >= 0 else { return nil }
        return index
    }
}

extension AnnotationPolygon {
    /// The ellipse in the box around the exterior.
    fileprivate var ellipse: AnnotationShape {
        let (xs, ys) = (exterior.map(\.x), exterior.map(\.y))
        let (left, top) = (xs.min() ?? 0, ys.min() ?? 0)
        return .ellipse(x: left, y: top, width: (xs.max() ?? left) - left, height: (ys.max() ?? top) - top)
    }
}
