package import Annotations
package import Imaging

extension NapariShapes {
    /// A line for each vertex. Curves become lines that run at most 0.01 pixels beside them; an area with holes is one polygon that goes into its
    /// holes and back on the same line; points and raster patches are the polygons of their pixels.
    package static func write(_ document: AnnotationDocument, _ writing: AnnotationWriting) throws(ImageError) -> [UInt8]? {
        guard document.annotations.allSatisfy(\.shape.isBounded) else {
            throw .unsupported(path: name, reason: "expected coordinates of ±1e9, found others")
        }
        let planes = document.annotations.compactMap(\.plane)
        let axisCount = planes.contains { $0.time != nil } ? 4 : planes.contains { $0.z != nil } ? 3 : 2
        var bytes = Array("\(header),\((0..<axisCount).map { "axis-\($0)" }.joined(separator: ",")),class,width,closed\n".utf8)
        var index = 0
        for annotation in document.annotations {
            for part in try parts(of: annotation.shape) {
                for (number, vertex) in part.vertices.enumerated() {
                    let place = [annotation.plane?.time ?? 0, annotation.plane?.z ?? 0].suffix(axisCount - 2).map { "\($0)," }
                        .joined()
                    bytes += Array(
                        """
                        \(index),\(part.type),\(number),\(place)\((vertex.y - 0.5).shortest),\((vertex.x - 0.5).shortest),\
                        \(annotation.classNumber.map(String.init) ?? ""),\(part.width?.shortest ?? ""),\(part.isClosed ? "1" : "0")

                        """.utf8)
                }
                index += 1
            }
        }
        return bytes
    }

    /// A shape of napari.
    private struct Part {
        var type: String
        var vertices: [AnnotationPoint]
        var width: Double?
        var isClosed = false
    }

    private static func parts(of shape: AnnotationShape) throws(ImageError) -> [Part] {
        switch shape {
        case .stroke(let path, let width):
            try path.lines(of: name).filter { $0.points.count >= 2 }.map {
                Part(type: "path", vertices: $0.points, width: width, isClosed: $0.isClosed)
            }
        case .area(let polygons): polygons.map { Part(type: "polygon", vertices: $0.keyholed) }
        case .rectangle(let x, let y, let width, let height):
            [Part(type: "rectangle", vertices: AnnotationPolygon(box: x, y, width, height).exterior)]
        case .ellipse(let x, let y, let width, let height):
            [Part(type: "ellipse", vertices: AnnotationPolygon(box: x, y, width, height).exterior)]
        case .points(let points): points.map { Part(type: "polygon", vertices: $0.pixelSquare.exterior) }
        case .raster(let patch): PatchOutline.polygons(of: patch).map { Part(type: "polygon", vertices: $0.keyholed) }
        }
    }
}

extension AnnotationPolygon {
    /// One ring around the polygon that goes to each hole, around it and back, always from the first point of the exterior.
    var keyholed: [AnnotationPoint] {
        let turned = oriented(clockwise: true)
        guard !holes.isEmpty, let first = turned.exterior.first else { return exterior }
        return turned.exterior + [first] + turned.holes.flatMap { $0 + $0.prefix(1) + [first] }
    }
}
