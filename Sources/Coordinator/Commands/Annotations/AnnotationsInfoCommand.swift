internal import AnnotationFormats
internal import Annotations
internal import ArgumentParser
internal import Coordinator
internal import Imaging

/// `coppice annotations info`: what a file of annotations holds.
struct AnnotationsInfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "info", abstract: "Describe a file of annotations.")

    @Argument(help: "Annotations, or a label image.")
    var file: String

    @OptionGroup var reading: AnnotationReadingOptions

    func run() throws {
        let found = try reading.read(file)
        for line in AnnotationSummary(found).lines { try Console.print(line) }
    }
}

/// What is said of a file of annotations, line by line.
struct AnnotationSummary {
    let lines: [String]

    /// Images that are named.
    private static let namesMax = 5

    init(_ found: FoundAnnotations) {
        let document = found.document
        let images = Set(document.annotations.compactMap(\.image)).sorted()
        let shown = images.prefix(Self.namesMax).joined(separator: ", ")
        let more = images.count > Self.namesMax ? " and \(images.count - Self.namesMax) more" : ""
        var lines = ["format    \(found.formatName)"]
        lines.append("images    \(images.isEmpty ? "not named" : shown + more)")
        let kinds = Dictionary(grouping: document.annotations, by: \.shape.kind.many).sorted { $0.key < $1.key }
        let list = kinds.map { "\($1.count) \($1.count == 1 ? $1[0].shape.kind.one : $0)" }.joined(separator: ", ")
        lines.append("shapes    \(document.annotations.count)\(list.isEmpty ? "" : ": \(list)")")
        if let widths = Self.widths(document) { lines.append("strokes   \(widths) pixels wide") }
        let box = document.box
        lines.append("bounds    x \(box.x)…\(box.endX), y \(box.y)…\(box.endY) pixels")
        let counts = Dictionary(grouping: document.annotations, by: \.classNumber).mapValues(\.count)
        for item in document.classes {
            let count = counts[item.number] ?? 0
            let parts = [item.colour?.hex, item.name, "\(count) shape\(count == 1 ? "" : "s")"].compactMap { $0 }
            lines.append("class \(item.number)   \(parts.joined(separator: "  "))")
        }
        let erasers = document.annotations.count(where: \.isEraser)
        if erasers > 0 { lines.append("erasers   \(erasers)") }
        // A frame as large as shapes reach, within what can be drawn.
        let frame = [box.endX, box.endY].map { max(1, min($0, 1 << 30)) }
        // Shapes that cannot be drawn are described all the same.
        if let authors = try? AuthorComparison(ofAllImagesIn: document, width: frame[0], height: frame[1]) {
            lines.append("authors   \(authors)")
        }
        lines += found.notes.map { "note      \($0.text)" }
        self.lines = lines.map(Console.singleLine)
    }

    /// How wide strokes are, those included of which the file does not say it: `3 to 8`; nil without strokes.
    private static func widths(_ document: AnnotationDocument) -> String? {
        let widths = document.annotations.compactMap { annotation in
            if case .stroke(_, let width) = annotation.shape { width } else { nil }
        }
        guard let least = widths.min(), let largest = widths.max() else { return nil }
        let text = { (width: Double) in Int(exactly: width).map { "\($0)" } ?? "\(width)" }
        return least == largest ? text(least) : "\(text(least)) to \(text(largest))"
    }
}

extension AnnotationShape {
    /// What `info` calls it.
    fileprivate var kind: (one: String, many: String) {
        switch self {
        case .stroke: ("stroke", "strokes")
        case .area: ("area", "areas")
        case .rectangle: ("rectangle", "rectangles")
        case .ellipse: ("ellipse", "ellipses")
        case .points: ("group of points", "groups of points")
        case .raster: ("raster patch", "raster patches")
        }
    }
}
