internal import AnnotationFormats
internal import Annotations
internal import Formats
internal import Imaging

/// The labels of a command, all read by the same rules: a colour is the same label in each label image, and a class is the same label in each
/// file of annotations.
struct LabelInputs: Sendable {
    /// Labels, and the image whose pixels they label; annotations need it, label images do not.
    struct Use: Hashable, Sendable {
        let labels: ImageInput
        let image: ImageInput?
    }

    private let rules: LabelRules
    private let reading: LabelReading?
    /// Positions in `reading`.
    private let places: [ImageInput: Int]
    private let annotations: AnnotationInputs

    /// Each label image by itself, and nothing ignored.
    static let plain = LabelInputs()

    private init() { (rules, reading, places, annotations) = (.none, nil, [:], AnnotationInputs()) }

    /// Reads every label image once, and finds out how the values of each become labels; reads all annotations.
    ///
    /// - Throws: `ImageError` for files that cannot be read, whose values are no labels for sure, or whose shapes cannot be drawn.
    init(_ uses: [Use], _ rules: LabelRules, for purpose: LabelCollection.Purpose) throws {
        var collection = LabelCollection(rules, for: purpose)
        var places: [ImageInput: Int] = [:]
        var labels: [Int: RGBColour?] = [:]
        for input in uses.map(\.labels) where places[input] == nil && !AnnotationFile.recognises(path: input.path) {
            let surveyor = LabelSurveyor(
                try ImageFile.labelPixels(path: input.path, input.selection), ignoring: rules.ignoredLabels)
            var survey: LabelSurvey?
            while survey == nil {
                try Task.checkCancellation()
                survey = try surveyor.step()
            }
            guard let survey else { continue }
            places[input] = places.count
            labels.merge(survey.numbers) { first, other in first ?? other }
            try collection.add(survey)
        }
        (self.rules, self.places) = (rules, places)
        reading = places.isEmpty ? nil : try collection.reading()
        labels.merge((reading?.colours ?? [:]).mapValues { $0 }) { _, colour in colour }
        annotations = try AnnotationInputs(
            uses.filter { places[$0.labels] == nil }, rules, besides: labels, comparesAuthors: purpose == .training)
    }

    /// The labels of a pair's image: of several files, each on top of the one before.
    ///
    /// - Throws: `ImageError`, as `ImageFile.openLabels`.
    func source(of pair: TrainingPair) throws(ImageError) -> LabelSource {
        MergedLabels.source(try sources(of: pair))
    }

    /// The labels of a pair's image, file by file.
    func sources(of pair: TrainingPair) throws(ImageError) -> [LabelSource] {
        var sources: [LabelSource] = []
        for labels in pair.allLabels { sources.append(try source(labels, of: pair.image)) }
        return sources
    }

    /// Opens one of the labels, row by row.
    ///
    /// - Parameters:
    ///   - image: whose pixels they label.
    ///   - ignoring: whether ignored labels are read as unlabelled.
    /// - Throws: `ImageError`, as `ImageFile.openLabels`.
    func open(_ input: ImageInput, of image: ImageInput? = nil, ignoring: Bool = true) throws(ImageError) -> any LabelRowReader {
        try source(input, of: image, ignoring: ignoring).rowReader
    }

    private func source(
        _ input: ImageInput, of image: ImageInput?, ignoring: Bool = true
    ) throws(ImageError) -> LabelSource {
        if let labels = annotations.labels[Use(labels: input, image: image)] { return .windows(labels) }
        guard let reading, let place = places[input] else {
            return .rows(try ImageFile.openLabels(path: input.path, input.selection))
        }
        return .rows(
            PixelLabelRows(
                try ImageFile.labelPixels(path: input.path, input.selection), as: reading.tables[place],
                ignoring: ignoring ? rules.ignoredLabels : rules.ignoredLabels.filter { $0 > Int(UInt16.max) },
                notes: reading.notes[place]))
    }

    /// What is said of the files, in their order: of label images, then of annotations.
    var notes: [(input: ImageInput, notes: [ImageNote])] {
        places.sorted { $0.value < $1.value }.map { ($0.key, reading?.notes[$0.value] ?? []) } + annotations.notes
    }

    /// The colours that labels have in the files; empty where labels are numbers.
    var colours: [Int: RGBColour] { (reading?.colours ?? [:]).merging(annotations.colours) { first, _ in first } }

    /// The names that labels have in the files; empty where labels are numbers.
    var names: [Int: String] { annotations.names }

    /// The labels of colours of label images in the form of `--colours`; nil where labels are numbers.
    var colourText: String? { reading?.colourText }
}
