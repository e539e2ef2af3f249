package import Annotations
package import Imaging

extension QuPathGeoJSON {
    /// A collection of features. Strokes are lines with their width in `metadata.strokeWidth`, or, if `writing.isBuffered`, polygons around the
    /// pixels that they label; curves are lines that run at most 0.01 pixels beside them. Raster patches are polygons along their pixels.
    ///
    /// Rings turn as RFC 7946 asks for (3.1.6), by the numbers of the coordinates.
    package static func write(_ document: AnnotationDocument, _ writing: AnnotationWriting) throws(ImageError) -> [UInt8]? {
        let names = ClassNames(document)
        let colours = ClassColours(document)
        var features: [(Annotation, GeoJSONGeometry)] = []
        for annotation in document.annotations {
            guard let geometry = try GeoJSONGeometry(annotation.shape, writing) else { continue }
            features.append((annotation, geometry))
        }
        var json = JSONWriter()
        json.object { json in
            json.member("type", "FeatureCollection")
            json.name("features")
            json.list { json in
                for (annotation, geometry) in features {
                    json.line()
                    json.object { json in
                        json.member("type", "Feature")
                        json.member("id", annotation.id)
                        json.name("geometry")
                        json.object { json in geometry.write(annotation.plane, &json) }
                        json.name("properties")
                        json.object { json in
                            json.member("objectType", "annotation")
                            json.member("name", annotation.name)
                            if let name = names[annotation.classNumber] {
                                json.name("classification")
                                json.object { json in
                                    json.member("name", name)
                                    if let colour = colours[annotation.classNumber] { json.colour(colour) }
                                }
                            }
                            metadata(annotation, geometry, &json)
                        }
                    }
                }
            }
            json.name("classes")
            json.list { json in
                for number in names.numbers {
                    json.object { json in
                        json.member("number", number)
                        json.member("name", names[number])
                        if let colour = colours[number] { json.colour(colour) }
                    }
                }
            }
        }
        return json.bytes + [10]
    }

    /// Texts alone, as QuPath has them.
    private static func metadata(_ annotation: Annotation, _ geometry: GeoJSONGeometry, _ json: inout JSONWriter) {
        var members: [(String, String?)] = []
        if case .lines(_, let width, let isClosed) = geometry {
            members = [("strokeWidth", width.shortest), ("closed", isClosed ? "true" : nil)]
        }
        members += [("image", annotation.image), ("author", annotation.author), ("time", annotation.time)]
        guard members.contains(where: { $0.1 != nil }) else { return }
        json.name("metadata")
        json.object { json in
            for (name, value) in members { json.member(name, value) }
        }
    }
}

/// A geometry of GeoJSON that stands for a shape.
private enum GeoJSONGeometry {
    case points([AnnotationPoint])
    case lines([[AnnotationPoint]], width: Double, isClosed: Bool)
    case polygons([AnnotationPolygon], isEllipse: Bool)

    /// Nil for a stroke without any length.
    init?(_ shape: AnnotationShape, _ writing: AnnotationWriting) throws(ImageError) {
        guard shape.isBounded else { throw .unsupported(path: "GeoJSON", reason: "expected coordinates of ±1e9, found others") }
        switch shape {
        case .stroke where writing.isBuffered:
            let polygons = PatchOutline.polygons(of: try ShapePixels.patch(of: shape, path: "GeoJSON"))
            if polygons.isEmpty { return nil }
            self = .polygons(polygons, isEllipse: false)
        case .stroke(let path, let width):
            let lines = try path.lines(of: "GeoJSON").filter { $0.points.count >= 2 }
            if lines.isEmpty { return nil }
            let isClosed = lines.contains(where: \.isClosed)
            self = .lines(
                lines.map { $0.isClosed ? $0.points + $0.points.prefix(1) : $0.points }, width: width, isClosed: isClosed)
        case .area(let polygons): self = .polygons(polygons, isEllipse: false)
        case .rectangle(let x, let y, let width, let height):
            self = .polygons([AnnotationPolygon(box: x, y, width, height)], isEllipse: false)
        case .ellipse(let x, let y, let width, let height):
            self = .polygons([AnnotationPolygon(ellipse: x, y, width, height)], isEllipse: true)
        case .points(let points): self = .points(points)
        case .raster(let patch): self = .polygons(PatchOutline.polygons(of: patch), isEllipse: false)
        }
    }

    func write(_ plane: AnnotationPlane?, _ json: inout JSONWriter) {
        switch self {
        case .points(let points) where points.count == 1:
            json.member("type", "Point")
            json.name("coordinates")
            json.point(points[0])
        case .points(let points):
            json.member("type", "MultiPoint")
            json.name("coordinates")
            json.points(points)
        case .lines(let lines, _, _):
            json.member("type", lines.count == 1 ? "LineString" : "MultiLineString")
            json.name("coordinates")
            if lines.count == 1 {
                json.points(lines[0])
            } else {
                json.list { json in lines.forEach { json.points($0) } }
            }
        case .polygons(let polygons, let isEllipse):
            json.member("type", polygons.count == 1 ? "Polygon" : "MultiPolygon")
            json.name("coordinates")
            if polygons.count == 1 {
                Self.write(polygons[0], &json)
            } else {
                json.list { json in polygons.forEach { Self.write($0, &json) } }
            }
            if isEllipse { json.member("isEllipse", true) }
        }
        guard let plane else { return }
        json.name("plane")
        json.object { json in
            json.member("c", plane.channel ?? -1)
            json.member("z", plane.z ?? 0)
            json.member("t", plane.time ?? 0)
        }
    }

    private static func write(_ polygon: AnnotationPolygon, _ json: inout JSONWriter) {
        let oriented = polygon.oriented(clockwise: true)
        json.list { json in
            for ring in [oriented.exterior] + oriented.holes { json.points(ring + ring.prefix(1)) }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func colour(_ colour: RGBColour) {
        name("color")
        list { json in
            for value in [colour.red, colour.green, colour.blue] { json.value(Int(value)) }
        }
    }
}
