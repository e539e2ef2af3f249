internal import Annotations
internal import Imaging

/// COCO: objects with polygons or run-length masks, their images and categories.
///
/// A category is a class of its number, if that is 1…65,535, otherwise one of the next number. A segmentation is a list of polygons, all
/// of which the object covers, or a mask (`RunLengths`). An object without one covers its box.
package enum COCOAnnotations: JSONAnnotationFormat {
    package static let name = "COCO"
    package static let option = "coco"
    package static let fileExtensions = ["coco.json"]

    static func recognises(_ document: JSONPlace) -> Bool {
        guard let annotations = document["annotations"]?.elements else { return false }
        return document["categories"]?.isList == true || document["images"]?.isList == true
            || annotations.first?["category_id"] != nil
    }

    static func read(_ document: JSONPlace, _ reading: AnnotationReading) throws(ImageError) -> ReadAnnotations {
        var builder = AnnotationBuilder(path: document.path)
        var names: [Int: String] = [:]
        for image in try document["images"]?.requiredElements() ?? [] {
            let id = try image.required("id", "a number").integer(in: Int.min...Int.max)
            names[id] = image["file_name"]?.string ?? "\(id)"
        }
        let categories = try document["categories"]?.requiredElements() ?? []
        for category in categories {
            let id = try category.required("id", "a number").integer(in: Int.min...Int.max)
            let isLabel = (1...AnnotationLimits.classMax).contains(id)
            _ = try builder.classNumber(
                key: "\(id)", name: category["name"]?.string, colour: colour(of: category), number: isLabel ? id : nil)
        }
        let offset = reading.isCentred ? 0.5 : 0
        var work = 0
        for object in try document.required("annotations", "a list of objects").requiredElements() {
            guard let shape = try shape(object, offset, &work) else {
                builder.leaveOut("object without a segmentation")
                continue
            }
            var annotation = Annotation(shape)
            if let category = object["category_id"] {
                let id = try category.integer(in: Int.min...Int.max)
                let isLabel = (1...AnnotationLimits.classMax).contains(id)
                annotation.classNumber = try builder.classNumber(key: "\(id)", name: nil, number: isLabel ? id : nil)
            }
            annotation.id = object["id"]?.integer.map { "\($0)" }
            // One image needs no name.
            if names.count > 1, let id = object["image_id"]?.integer { annotation.image = names[id] ?? "\(id)" }
            try builder.add(annotation)
        }
        return builder.finished()
    }

    private static func colour(of category: JSONPlace) -> RGBColour? {
        if let text = category["color"]?.string { return CSSColour.parse(text) }
        guard case .numbers(let values)? = category["color"]?.value, values.count == 3,
            values.allSatisfy({ (0...255).contains($0) })
        else { return nil }
        return RGBColour(red: UInt8(values[0]), green: UInt8(values[1]), blue: UInt8(values[2]))
    }

    /// - Parameter work: steps that were taken for masks of the file so far.
    private static func shape(_ object: JSONPlace, _ offset: Double, _ work: inout Int) throws(ImageError) -> AnnotationShape? {
        guard let segmentation = object["segmentation"], segmentation.isObject || segmentation.elements?.isEmpty == false else {
            return try object["bbox"].map { (box) throws(ImageError) in
                guard case .numbers(let values) = box.value, values.count == 4, values.allSatisfy(AnnotationLimits.isCoordinate),
                    values[2] >= 0, values[3] >= 0
                else { throw box.wrong("a box [x, y, width, height]") }
                return .rectangle(x: values[0] + offset, y: values[1] + offset, width: values[2], height: values[3])
            }
        }
        if segmentation.isObject { return .raster(try RunLengths.patch(segmentation, &work)) }
        var polygons: [AnnotationPolygon] = []
        for ring in try segmentation.requiredElements("a list of polygons") {
            guard case .numbers(let values) = ring.value, values.count.isMultiple(of: 2), values.count >= 6,
                values.allSatisfy(AnnotationLimits.isCoordinate)
            else { throw ring.wrong("a polygon [x, y, x, y, …] of at least 3 points of ±1e9") }
            let points = stride(from: 0, to: values.count, by: 2).map {
                AnnotationPoint(x: values[$0] + offset, y: values[$0 + 1] + offset)
            }
            let open = AnnotationPolygon.openRing(points)
            if open.count >= 3 { polygons.append(AnnotationPolygon(exterior: open)) }
        }
        return .area(polygons)
    }
}
