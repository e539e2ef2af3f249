internal import Annotations
internal import Imaging

/// Gathers what a reader finds into a document: numbers the classes, keeps the limits and collects what is to be said.
struct AnnotationBuilder {
    /// The file.
    let path: String
    private(set) var document = AnnotationDocument()
    private var notes: [ImageNote] = []
    /// The number of a class by its key, and its place in the document by its number.
    private var (numbers, places): ([String: Int], [Int: Int]) = ([:], [:])
    private var total = (points: 0, rows: 0, runs: 0)
    /// How many shapes of what kinds are left out.
    private var leftOut: [String: Int] = [:]
    private var nextNumber = 1

    init(path: String) { self.path = path }

    // MARK: Classes

    /// The number of the class that a file knows by `key`; a new one gets the next number, in the order in which they appear.
    ///
    /// - Throws: `ImageError.unsupported` for more classes than there are labels.
    mutating func classNumber(
        key: String, name: String?, colour: RGBColour? = nil, number wanted: Int? = nil
    ) throws(ImageError) -> Int {
        if let number = numbers[key] {
            if let colour, let place = places[number], document.classes[place].colour == nil {
                document.classes[place].colour = colour
            }
            return number
        }
        var number = wanted ?? nextNumber
        if wanted == nil {
            while places[number] != nil { number += 1 }
            nextNumber = number + 1
        }
        guard (1...AnnotationLimits.classMax).contains(number) else {
            throw .unsupported(path: path, reason: "expected classes of 1…\(AnnotationLimits.classMax), found \(number)")
        }
        numbers[key] = number
        // Two keys may mean one number, as two series of colours do.
        if places[number] == nil {
            places[number] = document.classes.count
            document.classes.append(AnnotationClass(number: number, name: name, colour: colour))
        }
        return number
    }

    /// The class that a shape belongs to by its file's own number, which may be listed or not.
    mutating func classNumber(_ number: Int) throws(ImageError) -> Int {
        try classNumber(key: "\u{0}\(number)", name: nil, number: number)
    }

    /// Says that classes without a number are numbered from here on.
    mutating func numberClasses(from number: Int) { nextNumber = max(nextNumber, number) }

    // MARK: Shapes

    /// - Throws: `ImageError.unsupported` beyond the limits.
    mutating func add(_ annotation: Annotation) throws(ImageError) {
        let size = annotation.shape.size
        total = (total.points + size.points, total.rows + size.rows, total.runs + size.runs)
        try check(document.annotations.count + 1, AnnotationLimits.annotationsMax, "shapes")
        try check(total.points, AnnotationLimits.pointsMax, "points")
        try check(total.rows, AnnotationLimits.rowsMax, "rows of raster patches")
        try check(total.runs, AnnotationLimits.runsMax, "runs of pixels")
        document.annotations.append(annotation)
    }

    private func check(_ count: Int, _ countMax: Int, _ what: String) throws(ImageError) {
        guard count <= countMax else {
            throw .unsupported(path: path, reason: "expected at most \(countMax) \(what), found more")
        }
    }

    /// A shape is not used, because it is such a thing: `a text`.
    mutating func leaveOut(_ what: String) { leftOut[what, default: 0] += 1 }

    mutating func note(_ kind: ImageNote.Kind, _ text: String) {
        let note = ImageNote(kind, text)
        if notes.count < 32, !notes.contains(note) { notes.append(note) }
    }

    // MARK: End

    /// The document, with its notes.
    ///
    /// A file in which no shape has a class means one class: all its shapes are of class 1.
    func finished() -> ReadAnnotations {
        var read = ReadAnnotations(document, notes: notes)
        read.document.classes.sort { $0.number < $1.number }
        if !leftOut.isEmpty {
            let kinds = leftOut.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }.joined(separator: ", ")
            read.notes.append(ImageNote(.overlays, "shapes that are left out: \(kinds)"))
        }
        let unclassed = document.annotations.count { $0.classNumber == nil && !$0.isEraser }
        guard unclassed > 0 else { return read }
        if unclassed == document.annotations.count, document.classes.isEmpty {
            read.document.classes = [AnnotationClass(number: 1)]
            for index in read.document.annotations.indices { read.document.annotations[index].classNumber = 1 }
            read.notes.append(ImageNote(.labels, "no shape has a class: all \(unclassed) are of class 1"))
        } else {
            read.notes.append(ImageNote(.labels, "\(unclassed) shapes have no class, and label nothing"))
        }
        return read
    }
}
