internal import AnnotationFormats
internal import Annotations
internal import Formats
internal import Imaging

/// The files of annotations of a command, and what they label in its images.
struct AnnotationInputs: Sendable {
    private(set) var labels: [LabelInputs.Use: AnnotationLabels] = [:]
    /// What is said of the files, in their order.
    private(set) var notes: [(input: ImageInput, notes: [ImageNote])] = []
    /// By label.
    private(set) var colours: [Int: RGBColour] = [:]
    private(set) var names: [Int: String] = [:]

    init() {}

    /// Reads each file once for each size of image, and finds out which number each class has in all of them.
    ///
    /// - Parameters:
    ///   - uses: annotations with their images.
    ///   - labels: of the label images of the command, with their colours; they keep their numbers.
    ///   - comparesAuthors: whether it is said how many pixels several authors of one file label differently.
    /// - Throws: `ImageError` for files that cannot be read, that have no annotations of the image, or whose shapes cannot be drawn.
    init(
        _ uses: [LabelInputs.Use], _ rules: LabelRules, besides labels: [Int: RGBColour?], comparesAuthors: Bool = false
    ) throws {
        var table = ClassTable()
        table.add(labels: labels)
        let listed = Dictionary(rules.listed.map { ($0.colour, Int($0.label)) }) { first, _ in first }
        var files: [Reading: ReadAnnotations] = [:]
        var drawings: [(use: LabelInputs.Use, frame: AnnotationFrame, document: AnnotationDocument, numbers: [Int: Int])] = []
        for use in uses where !drawings.contains(where: { $0.use == use }) {
            try Task.checkCancellation()
            guard let image = use.image else {
                throw ImageError.unsupported(
                    path: use.labels.path, reason: "expected a label image, found annotations, which need their image")
            }
            let frame = try AnnotationFrame(image)
            let reading = Reading(path: use.labels.path, frame)
            let read = try files[reading] ?? AnnotationFile.read(path: use.labels.path, reading.reading(rules))
            files[reading] = read
            var (document, said) = try Self.annotations(of: image, in: read.document, path: use.labels.path)
            said = read.notes + said
            let numbers = table.add(document, listed: listed)
            said += Self.note(on: numbers, of: document, in: table)
            for index in document.annotations.indices {
                document.annotations[index].classNumber = document.annotations[index].classNumber.flatMap { numbers[$0] }
            }
            drawings.append((use, frame, document, numbers))
            notes.append((use.labels, said))
        }
        let ignored = Set(rules.ignoredLabels).union(
            table.classes.filter { $0.colour.map(rules.ignoredColours.contains) ?? false }.map(\.number))
        for (index, drawing) in drawings.enumerated() {
            let (use, frame, document, _) = drawing
            do throws(AnnotationRasterError) {
                let drawn = try AnnotationLabels(
                    document, width: frame.width, height: frame.height, scale: frame.scale, plane: frame.plane, ignoring: ignored)
                self.labels[use] = drawn
                let authors =
                    comparesAuthors
                    ? try AuthorComparison(
                        of: document, width: frame.width, height: frame.height, scale: frame.scale, plane: frame.plane,
                        ignoring: ignored) : nil
                if let authors { notes[index].notes.append(ImageNote(.merged, "several authors: \(authors)")) }
                if drawn.unclassifiedCount > 0 {
                    let count = drawn.unclassifiedCount
                    notes[index].notes.append(
                        ImageNote(
                            .classes,
                            count == 1
                                ? "1 shape without a class labels nothing" : "\(count) shapes without a class label nothing"))
                }
            } catch {
                throw ImageError.unsupported(path: use.labels.path, reason: error.description)
            }
        }
        // Label images alone keep the usual colours, whatever their palettes.
        for one in table.classes where !drawings.isEmpty {
            colours[one.number] = one.colour
            names[one.number] = one.name
        }
    }

    /// A file, read for images of one kind.
    private struct Reading: Hashable {
        let path: String
        let width: Int
        let height: Int
        let micronsPerPixel: Double?

        init(path: String, _ frame: AnnotationFrame) {
            self.path = path
            (width, height, micronsPerPixel) = (frame.fullWidth, frame.fullHeight, frame.micronsPerPixel)
        }

        func reading(_ rules: LabelRules) -> AnnotationReading {
            var reading = AnnotationReading(isCentred: rules.isCentred, strokeWidth: rules.strokeWidth)
            (reading.width, reading.height, reading.micronsPerPixel) = (width, height, micronsPerPixel)
            return reading
        }
    }

    /// The annotations of one image. A file whose annotations all name one other image is taken for ours, and it is said.
    private static func annotations(
        of image: ImageInput, in document: AnnotationDocument, path: String
    ) throws(ImageError) -> (AnnotationDocument, [ImageNote]) {
        if let own = document.annotations(ofImage: image.path) {
            return (AnnotationDocument(classes: document.classes, annotations: own), [])
        }
        let names = document.imageNames
        guard names.count == 1 else {
            let shown = names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
            throw .unsupported(path: path, reason: "expected annotations of \(image.path), found those of \(shown)")
        }
        return (document, [ImageNote(.classes, "the annotations are of \(names[0]), and are used for \(image.path)")])
    }

    /// What is said of classes whose numbers differ from those in their file.
    private static func note(on numbers: [Int: Int], of document: AnnotationDocument, in table: ClassTable) -> [ImageNote] {
        let changed = numbers.filter { $0.key != $0.value }.sorted { $0.key < $1.key }
        guard !changed.isEmpty else { return [] }
        let texts = changed.prefix(5).map { old, new in
            let name = document.classes.first { $0.number == old }?.name.map { " (\($0))" } ?? ""
            return "\(old)\(name) is label \(new)"
        }
        let rest = changed.count > 5 ? " and \(changed.count - 5) more" : ""
        return [
            ImageNote(
                .classes,
                "classes have other numbers than in this file, as other labels have these: \(texts.joined(separator: ", "))\(rest)"
            )
        ]
    }
}

/// Where the annotations of an image lie: in its full resolution; and what is labelled: the resolution and the plane that are worked on.
struct AnnotationFrame: Hashable, Sendable {
    let width: Int
    let height: Int
    let fullWidth: Int
    let fullHeight: Int
    let micronsPerPixel: Double?
    /// Nil for an image of one plane.
    let plane: AnnotationPlane?

    /// - Throws: `ImageError` for an image that cannot be read.
    init(_ image: ImageInput) throws(ImageError) {
        let contents = try ImageFile.contents(path: image.path)
        let info = try image.source.info
        (width, height) = (info.width, info.height)
        (fullWidth, fullHeight) = (contents.levels[0].width, contents.levels[0].height)
        micronsPerPixel = contents.levels[0].micronsPerPixel
        let shape = StackShape(depth: contents.depth, times: contents.times)
        let page = image.selection.page
        plane = shape.pages > 1 ? AnnotationPlane(z: shape.depth(ofPage: page), time: shape.time(ofPage: page)) : nil
    }

    /// From the full resolution to the one that is labelled.
    var scale: AnnotationScale {
        fullWidth == width && fullHeight == height
            ? .full : AnnotationScale(fullWidth: fullWidth, fullHeight: fullHeight, width: width, height: height)
    }
}
