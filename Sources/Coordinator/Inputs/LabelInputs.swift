internal import Formats
internal import Imaging

/// The label images of a command, all read by the same rules: a colour is the same label in each.
struct LabelInputs: Sendable {
    private let rules: LabelRules
    private let reading: LabelReading?
    /// Positions in `reading`.
    private let places: [ImageInput: Int]

    /// Each label image by itself, and nothing ignored.
    static let plain = LabelInputs()

    private init() { (rules, reading, places) = (.none, nil, [:]) }

    /// Reads every label image once, and finds out how the values of each become labels.
    ///
    /// - Throws: `ImageError` for files that cannot be read, or whose values are no labels for sure.
    init(_ inputs: [ImageInput], _ rules: LabelRules, for purpose: LabelCollection.Purpose) throws {
        var collection = LabelCollection(rules, for: purpose)
        var places: [ImageInput: Int] = [:]
        for input in inputs where places[input] == nil {
            let surveyor = LabelSurveyor(
                try ImageFile.labelPixels(path: input.path, input.selection), ignoring: rules.ignoredLabels)
            var survey: LabelSurvey?
            while survey == nil {
                try Task.checkCancellation()
                survey = try surveyor.step()
            }
            guard let survey else { continue }
            places[input] = places.count
            try collection.add(survey)
        }
        (self.rules, self.places) = (rules, places)
        reading = try collection.reading()
    }

    /// Opens one of the label images.
    ///
    /// - Parameter ignoring: whether ignored labels are read as unlabelled.
    /// - Throws: `ImageError`, as `ImageFile.openLabels`.
    func open(_ input: ImageInput, ignoring: Bool = true) throws(ImageError) -> any LabelRowReader {
        guard let reading, let place = places[input] else {
            return try ImageFile.openLabels(path: input.path, input.selection)
        }
        return PixelLabelRows(
            try ImageFile.labelPixels(path: input.path, input.selection), as: reading.tables[place],
            ignoring: ignoring ? rules.ignoredLabels : rules.ignoredLabels.filter { $0 > Int(UInt16.max) },
            notes: reading.notes[place])
    }

    /// What is said of the files, in their order.
    var notes: [(input: ImageInput, notes: [ImageNote])] {
        places.sorted { $0.value < $1.value }.map { ($0.key, reading?.notes[$0.value] ?? []) }
    }

    /// The colours that labels have in the files; empty where labels are numbers.
    var colours: [Int: RGBColour] { reading?.colours ?? [:] }

    /// The labels of colours in the form of `--colours`; nil where labels are numbers.
    var colourText: String? { reading?.colourText }
}
