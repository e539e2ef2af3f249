internal import AnnotationFormats
internal import Formats
internal import Imaging
internal import Protocol

/// The images to learn from, looked at before any pixel is read: all of one kind, each with labels of its size.
struct TrainingSet: Sendable {
    let pairs: [TrainingPair]
    /// The labels of the pairs, all read by the same rules.
    let labels: LabelInputs
    /// Channels and sample type that all images share.
    let channels: Int
    let sampleType: SampleType
    /// Which channels of the images are used; nil where there is nothing to remember.
    let modelChannels: ModelChannels?
    /// Of all images.
    let pixelCount: Int

    /// Looks at every file, and reads the label images. Channels that are not chosen are those of the first image, by their
    /// names.
    ///
    /// - Parameter notes: gets what is to be said of the files.
    /// - Throws: `ImageError` for files that cannot be read, and for label images whose values are no labels for sure; bad
    ///   input when sizes or kinds do not match.
    init(_ given: [TrainingPair], _ rules: LabelRules = .none, notes: InputNotes = InputNotes()) throws {
        var pixelCount = 0
        var first: (info: ImageInfo, image: ImageInput)?
        var channels: ModelChannels?
        var pairs: [TrainingPair] = []
        var places: [String: Int] = [:]
        var doubles = Doubles()
        for var pair in given {
            let contents = try ImageFile.contents(path: pair.image.path)
            try notes.add(of: pair.image, contents)
            if first == nil {
                channels = ModelChannels(of: contents, chosen: pair.image.selection.channels)
            } else if pair.image.selection.channels == nil, let (positions, note) = channels?.matched(in: contents) {
                pair.image.selection.channels = positions
                try notes.add([note].compactMap { $0 }, of: pair.image.path)
            }
            let info = try pair.image.source.info
            if !AnnotationFile.recognises(path: pair.labels.path) { try Self.check(pair, info, notes) }
            let place = doubles.place(of: pair.image)
            if let earlier = places[place] {
                pairs[earlier].furtherLabels.append(pair.labels)
                continue
            }
            places[place] = pairs.count
            pairs.append(pair)
            if let first, first.info.channels != info.channels || first.info.sampleType != info.sampleType {
                throw CoordinatorError(
                    .badInput,
                    "\(pair.image): expected \(first.info.channels) channels of \(first.info.sampleType.rawValue) as \(first.image), "
                        + "found \(info.channels) of \(info.sampleType.rawValue)")
            }
            first = first ?? (info, pair.image)
            pixelCount += info.width * info.height
        }
        guard let first else { throw CoordinatorError(.usage, "expected at least one pair IMAGE LABELS, found none") }
        self.pairs = pairs
        modelChannels = channels
        let uses = pairs.flatMap { pair in pair.allLabels.map { LabelInputs.Use(labels: $0, image: pair.image) } }
        labels = try LabelInputs(uses, rules, for: .training)
        for (input, said) in labels.notes { try notes.add(said, of: input.path) }
        for pair in pairs where !pair.furtherLabels.isEmpty {
            let count = try MergedLabels.contradictionCount(try labels.sources(of: pair))
            let pixels = count == 1 ? "1 pixel has" : "\(count) pixels have"
            try notes.add(
                [
                    ImageNote(
                        .merged, "\(pair.allLabels.count) files of labels, the later on top; \(pixels) different labels in them")
                ],
                of: pair.image.path)
        }
        self.pixelCount = pixelCount
        self.channels = first.info.channels
        sampleType = first.info.sampleType
    }

    /// - Throws: `ImageError` for a label image that cannot be read; bad input for one of another size than its image.
    private static func check(_ pair: TrainingPair, _ info: ImageInfo, _ notes: InputNotes) throws {
        let labels = try ImageFile.labelPixels(path: pair.labels.path, pair.labels.selection).rows.info
        try notes.add(planesOf: pair.labels, try ImageFile.contents(path: pair.labels.path).pages, of: pair.image)
        guard labels.width == info.width, labels.height == info.height else {
            throw CoordinatorError(
                .badInput,
                "\(pair.labels): expected labels of \(info.width)×\(info.height) pixels as \(pair.image), "
                    + "found \(labels.width)×\(labels.height)")
        }
    }
}
