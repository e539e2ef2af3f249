package import Annotations
package import Imaging

extension COCOAnnotations {
    /// Areas without holes, rectangles and ellipses as polygons; everything else as masks in lengths of runs.
    ///
    /// The image's size is what `writing` says, otherwise as large as the shapes need.
    package static func write(_ document: AnnotationDocument, _ writing: AnnotationWriting) throws(ImageError) -> [UInt8]? {
        guard document.annotations.allSatisfy(\.shape.isBounded) else {
            throw .unsupported(path: name, reason: "expected coordinates of ±1e9, found others")
        }
        let boxes = document.annotations.map(\.shape.box)
        let width = writing.width ?? max(1, boxes.map(\.endX).max() ?? 1)
        let height = writing.height ?? max(1, boxes.map(\.endY).max() ?? 1)
        let images = document.annotations.reduce(into: [String?]()) { images, annotation in
            if !images.contains(annotation.image) { images.append(annotation.image) }
        }
        var objects: [(annotation: Annotation, segmentation: COCOSegmentation)] = []
        for annotation in document.annotations {
            objects.append(
                (annotation, try COCOSegmentation(annotation.shape, width: width, height: height, isCentred: writing.isCentred)))
        }
        let (names, colours) = (ClassNames(document), ClassColours(document))
        var json = JSONWriter()
        json.object { json in
            json.name("images")
            json.list { json in
                for (index, image) in (images.isEmpty ? [nil] : images).enumerated() {
                    json.line()
                    json.object { json in
                        json.member("id", index + 1)
                        json.member("file_name", image ?? writing.image ?? "image")
                        json.member("width", width)
                        json.member("height", height)
                    }
                }
            }
            json.name("categories")
            json.list { json in
                for number in names.numbers {
                    json.line()
                    json.object { json in
                        json.member("id", number)
                        json.member("name", names[number])
                        json.member("supercategory", "")
                        json.member("color", colours[number]?.hex)
                    }
                }
            }
            json.name("annotations")
            json.list { json in
                for (index, object) in objects.enumerated() {
                    json.line()
                    json.object { json in
                        json.member("id", index + 1)
                        json.member("image_id", (images.firstIndex(of: object.annotation.image) ?? 0) + 1)
                        json.member("category_id", object.annotation.classNumber)
                        object.segmentation.write(&json)
                    }
                }
            }
        }
        return json.bytes + [10]
    }
}

/// The segmentation of an object, with its box and area.
private struct COCOSegmentation {
    private enum Content {
        case polygons([[AnnotationPoint]])
        case mask(lengths: [Int], width: Int, height: Int)
    }

    private let content: Content
    private let area: Double
    /// x, y, width, height.
    private let box: [Double]

    init(_ shape: AnnotationShape, width: Int, height: Int, isCentred: Bool) throws(ImageError) {
        let offset = isCentred ? -0.5 : 0
        let polygons: [AnnotationPolygon]?
        switch shape {
        case .area(let areas): polygons = areas.allSatisfy(\.holes.isEmpty) && !areas.isEmpty ? areas : nil
        case .rectangle(let x, let y, let width, let height): polygons = [AnnotationPolygon(box: x, y, width, height)]
        case .ellipse(let x, let y, let width, let height): polygons = [AnnotationPolygon(ellipse: x, y, width, height)]
        case .stroke, .points, .raster: polygons = nil
        }
        guard let polygons else {
            let patch: RasterPatch
            if case .raster(let given) = shape {
                patch = given.trimmed
            } else {
                patch = try ShapePixels.patch(of: shape, path: "COCO")
            }
            guard width <= AnnotationLimits.sideMax, height <= AnnotationLimits.sideMax else {
                throw .unsupported(
                    path: "COCO", reason: "expected an image of at most a million columns and rows, found \(width)×\(height)")
            }
            content = .mask(lengths: RunLengths.lengths(of: patch, width: width, height: height), width: width, height: height)
            area = Double(patch.rows.reduce(0) { $0 + $1.reduce(0) { $0 + $1.count } })
            box = [patch.bounds.x, patch.bounds.y, patch.bounds.width, patch.bounds.height].map(Double.init)
            return
        }
        let rings = polygons.map { $0.exterior.map { AnnotationPoint(x: $0.x + offset, y: $0.y + offset) } }
        content = .polygons(rings)
        area = rings.reduce(0) { $0 + abs(AnnotationPolygon.area(of: $1)) }
        let (xs, ys) = (rings.joined().map(\.x), rings.joined().map(\.y))
        let (left, top) = (xs.min() ?? 0, ys.min() ?? 0)
        box = [left, top, (xs.max() ?? 0) - left, (ys.max() ?? 0) - top]
    }

    func write(_ json: inout JSONWriter) {
        json.name("segmentation")
        switch content {
        case .polygons(let rings):
            json.list { json in
                for ring in rings {
                    json.list { json in
                        for point in ring {
                            json.value(point.x)
                            json.value(point.y)
                        }
                    }
                }
            }
        case .mask(let lengths, let width, let height):
            json.object { json in
                json.name("size")
                json.list { json in
                    json.value(height)
                    json.value(width)
                }
                json.member("counts", RunLengths.encode(lengths))
            }
        }
        json.member("area", area)
        json.name("bbox")
        json.list { json in box.forEach { json.value($0) } }
        json.member("iscrowd", 0)
    }
}
