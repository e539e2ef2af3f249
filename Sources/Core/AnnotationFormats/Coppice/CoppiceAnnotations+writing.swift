package import Annotations
package import Imaging

extension CoppiceAnnotations {
    /// Everything of a document; it reads as the same document.
    ///
    /// - Throws: `ImageError.unsupported` for coordinates that are no numbers of ±1e9.
    package static func write(_ document: AnnotationDocument, _ writing: AnnotationWriting) throws(ImageError) -> [UInt8]? {
        guard document.annotations.allSatisfy(\.shape.isBounded) else {
            throw .unsupported(path: name, reason: "expected coordinates of ±1e9, found others")
        }
        var json = JSONWriter()
        json.object { json in
            json.member("format", format)
            json.member("version", version)
            json.classes(document.classes, colourName: "colour", colour: \.colour)
            json.name("annotations")
            json.list { json in
                for annotation in document.annotations {
                    json.line()
                    json.object { json in write(annotation, &json) }
                }
            }
        }
        return json.bytes + [10]
    }

    private static func write(_ annotation: Annotation, _ json: inout JSONWriter) {
        write(annotation.shape, &json)
        json.member("class", annotation.classNumber)
        if annotation.isEraser { json.member("eraser", true) }
        json.member("id", annotation.id)
        json.member("name", annotation.name)
        json.member("image", annotation.image)
        if let plane = annotation.plane {
            json.name("plane")
            json.object { json in
                json.member("z", plane.z)
                json.member("t", plane.time)
                json.member("c", plane.channel)
            }
        }
        json.member("level", annotation.level)
        json.member("time", annotation.time)
        json.member("author", annotation.author)
    }

    /// The members of a shape, `type` first.
    package static func write(_ shape: AnnotationShape, _ json: inout JSONWriter) {
        switch shape {
        case .stroke(let path, let width):
            json.member("type", "stroke")
            json.member("path", path.svg)
            json.member("width", width)
        case .area(let polygons):
            json.member("type", "area")
            json.name("polygons")
            json.list { json in
                for polygon in polygons {
                    json.list { json in
                        for ring in [polygon.exterior] + polygon.holes { json.points(ring) }
                    }
                }
            }
        case .rectangle(let x, let y, let width, let height):
            json.member("type", "rectangle")
            json.box(x, y, width, height)
        case .ellipse(let x, let y, let width, let height):
            json.member("type", "ellipse")
            json.box(x, y, width, height)
        case .points(let points):
            json.member("type", "points")
            json.name("points")
            json.points(points)
        case .raster(let patch):
            json.member("type", "raster")
            json.member("x", patch.bounds.x)
            json.member("y", patch.bounds.y)
            json.member("width", patch.bounds.width)
            json.member("height", patch.bounds.height)
            json.name("runs")
            json.list { json in
                for (row, runs) in patch.rows.enumerated() {
                    for run in runs {
                        json.value(row)
                        json.value(run.lowerBound)
                        json.value(run.upperBound)
                    }
                }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func box(_ x: Double, _ y: Double, _ width: Double, _ height: Double) {
        member("x", x)
        member("y", y)
        member("width", width)
        member("height", height)
    }
}
