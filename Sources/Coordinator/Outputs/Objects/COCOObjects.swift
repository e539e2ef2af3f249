internal import Imaging
internal import Objects
internal import Protocol

/// Writes objects as COCO's JSON: polygons of objects without holes, runs of pixels down the columns (`counts`) of those with holes or of
/// several parts that touch at corners.
final class COCOObjects: ObjectWriter {
    private let file: ObjectTextFile
    private let catalogue: ObjectCatalogue
    private var isFirst = true

    var path: String { file.path }

    init(path: String, _ catalogue: ObjectCatalogue) throws {
        file = try ObjectTextFile(path: path)
        self.catalogue = catalogue
        let categories = catalogue.classes.map { "{\"id\":\($0.label),\"name\":\(ObjectText.quoted($0.name))}" }
        let name = ObjectText.quoted(FilePath(catalogue.name).name)
        try file.write(
            "{\"images\":[{\"id\":1,\"file_name\":\(name),\"width\":\(catalogue.width),\"height\":\(catalogue.height)}],\n"
                + "\"categories\":[\(categories.joined(separator: ","))],\n\"annotations\":[")
    }

    func write(_ object: MeasuredObject) throws {
        let box = object.box
        var text = isFirst ? "\n" : ",\n"
        isFirst = false
        text += "{\"id\":\(object.number),\"image_id\":1,\"category_id\":\(object.label),\"area\":\(object.shape.area),"
        text += "\"bbox\":[\(box.x),\(box.y),\(box.width),\(box.height)],\"iscrowd\":0,\"segmentation\":"
        text += segmentation(of: object) + "}"
        try file.write(text)
    }

    private func segmentation(of object: MeasuredObject) -> String {
        guard let outline = object.outline else { return "[]" }
        if object.drawn.allSatisfy(\.holes.isEmpty) {
            let rings = object.drawn.map { polygon in
                "[" + polygon.exterior.map { "\(ObjectText.number($0.x)),\(ObjectText.number($0.y))" }.joined(separator: ",")
                    + "]"
            }
            return "[" + rings.joined(separator: ",") + "]"
        }
        var counts: [Int] = []
        var last = 0
        for run in outline.columnRuns {
            let start = run.x * catalogue.height + run.rows.lowerBound
            if start == last, !counts.isEmpty {
                counts[counts.count - 1] += run.rows.count
            } else {
                counts += [start - last, run.rows.count]
            }
            last = start + run.rows.count
        }
        counts.append(catalogue.width * catalogue.height - last)
        let list = counts.map(String.init).joined(separator: ",")
        return "{\"size\":[\(catalogue.height),\(catalogue.width)],\"counts\":[\(list)]}"
    }

    func seal() throws {
        try file.write("\n]}\n")
        try file.seal()
    }

    func publish() throws { try file.publish() }
}
