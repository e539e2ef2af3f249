internal import Imaging
internal import Protocol

/// Writes objects as a table: a line each, columns named as `regionprops_table` names them.
final class CSVObjects: ObjectWriter {
    private let file: ObjectTextFile
    private let catalogue: ObjectCatalogue
    private let columns: [ObjectCatalogue.Column]

    var path: String { file.path }

    init(path: String, _ catalogue: ObjectCatalogue) throws {
        file = try ObjectTextFile(path: path)
        self.catalogue = catalogue
        columns = catalogue.columns
        let names = ["object", "class", "class_name", "bbox_x", "bbox_y", "bbox_width", "bbox_height"] + columns.map(\.name)
        try file.write(names.joined(separator: ",") + "\n")
    }

    func write(_ object: MeasuredObject) throws {
        var text = "\(object.number),\(object.label),"
        text += (catalogue.named(object.label)?.name ?? "").csvField
        text += ",\(object.box.x),\(object.box.y),\(object.box.width),\(object.box.height)"
        for column in columns {
            text += ","
            if let value = column.value(object) { text += ObjectText.number(value) }
        }
        try file.write(text + "\n")
    }

    func seal() throws { try file.seal() }

    func publish() throws { try file.publish() }
}
