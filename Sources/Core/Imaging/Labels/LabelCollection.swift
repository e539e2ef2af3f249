/// The label images of one command, gathered so that a colour is the same label in all of them.
///
/// 1. `--colours` says the label of a colour; colours that it does not list are unlabelled. It is about files of colours;
///    about files with a palette all of whose used colours it lists; and, if it lists greys only, about grey levels of 8
///    bits.
/// 2. Without it, files of colours whose pixels are all grey are grey levels, if this is so for all files of colours.
/// 3. Otherwise their colours are those of a palette, if the palettes of other files have them all; else the labels 1, 2, …
///    in the order of red, then green, then blue. Black and what is transparent is unlabelled.
/// 4. Numbers, and indices of palettes, are labels as they are.
package struct LabelCollection {
    /// What the labels are for.
    package enum Purpose: Sendable {
        case training
        case comparison
    }

    /// What is kept of a survey.
    struct File {
        let path: String
        let storage: LabelPixels.Storage
        let isGrey: Bool
        /// Whether `--colours` is about it.
        let isListed: Bool
        let palette: [RGBColour]
        /// Of colours and of palettes: the values in use.
        let used: Set<LabelValue>
        let transparent: Set<LabelValue>
        let sampleType: SampleType
        /// Whether some of its colours differ in the lower 8 of their 16 bits only.
        let hasNearColours: Bool
        /// What is said of the file alone, each a part of a sentence.
        var remarks: [String] = []
        let transparentCount: Int
        let notes: [ImageNote]
    }

    let rules: LabelRules
    let purpose: Purpose
    private(set) var files: [File] = []
    /// Labels of the files of numbers, and of those with a palette that is not looked up.
    private(set) var numbers: Set<UInt16> = []
    /// Colours of the files of colours, and of those that `--colours` is about.
    private(set) var colours: Set<RGBColour> = []

    package init(_ rules: LabelRules, for purpose: Purpose) { (self.rules, self.purpose) = (rules, purpose) }

    /// Adds the next file.
    ///
    /// - Throws: `ImageError.unsupported` for a file whose values are no labels for sure, in one line that says what to do.
    package mutating func add(_ survey: LabelSurvey) throws(ImageError) {
        let isListed = isListed(survey)
        if !isListed { try Self.check(survey, for: purpose) }
        let counts = survey.counts
        let is16Bit = survey.storage == .colours && survey.sampleType == .uint16
        var file = File(
            path: survey.path, storage: survey.storage, isGrey: survey.isGrey, isListed: isListed, palette: survey.palette,
            used: survey.storage == .numbers ? [] : Set(counts.keys), transparent: survey.transparent,
            sampleType: survey.sampleType,
            hasNearColours: is16Bit && Set(counts.keys.map { $0.colour(is16Bit: true) }).count < counts.count,
            transparentCount: survey.transparentCount, notes: survey.notes)
        if survey.storage == .colours || isListed {
            var found: [RGBColour: Int] = [:]
            for (value, pixels) in counts { found[Self.colour(of: value, in: file), default: 0] += pixels }
            colours.formUnion(found.keys)
            if isListed { file.remarks += unlistedRemark(found) }
        } else {
            numbers.formUnion(counts.keys.map(\.number))
        }
        if !isListed, survey.isGrey, survey.edges.looksLikePicture {
            file.remarks.append("\(survey.edges.counts.count) values change from pixel to pixel, as in a picture")
        }
        file.remarks += Self.remarks(survey)
        files.append(file)
    }

    /// The colour that a value of a file stands for.
    static func colour(of value: LabelValue, in file: File) -> RGBColour {
        switch file.storage {
        case .colours: return value.colour(is16Bit: file.sampleType == .uint16)
        case .palette: return file.palette.indices.contains(Int(value.number)) ? file.palette[Int(value.number)] : .black
        case .numbers:
            let level = UInt8(truncatingIfNeeded: value.number)
            return RGBColour(red: level, green: level, blue: level)
        }
    }

    private func isListed(_ survey: LabelSurvey) -> Bool {
        guard !rules.listed.isEmpty else { return false }
        switch survey.storage {
        case .colours: return true
        case .numbers: return rules.listsGreysOnly && survey.sampleType == .uint8
        case .palette:
            let listed = Set(rules.listed.map(\.colour))
            return survey.counts.keys.allSatisfy { value in
                survey.palette.indices.contains(Int(value.number)) && listed.contains(survey.palette[Int(value.number)])
            }
        }
    }

    private func unlistedRemark(_ found: [RGBColour: Int]) -> [String] {
        let known = Set(rules.listed.map(\.colour) + rules.ignoredColours)
        let unlisted = found.filter { !known.contains($0.key) }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard !unlisted.isEmpty else { return [] }
        let texts = unlisted.prefix(3).map { "\($0.key.hex) on \($0.value) pixel\($0.value == 1 ? "" : "s")" }
        let rest = unlisted.count > 3 ? " and \(unlisted.count - 3) more" : ""
        let subject = unlisted.count == 1 ? "1 colour" : "\(unlisted.count) colours"
        let verb = unlisted.count == 1 ? "is" : "are"
        return ["\(subject) that --colours does not list \(verb) unlabelled: \(texts.joined(separator: ", "))\(rest)"]
    }

    private static func remarks(_ survey: LabelSurvey) -> [String] {
        var remarks: [String] = []
        let pixels = { (count: Int) in "\(count) pixel\(count == 1 ? "" : "s")" }
        if survey.belowZero.count > 0 {
            let (lowest, place) = (survey.belowZero.lowest, "on \(pixels(survey.belowZero.count))")
            remarks.append(
                lowest == -1
                    ? "−1 \(place) is read as unlabelled"
                    : "values below 0, down to −\(-lowest), \(place) are read as unlabelled")
        }
        if survey.notANumberCount > 0 { remarks.append("NaN on \(pixels(survey.notANumberCount)) is read as unlabelled") }
        return remarks
    }
}

// MARK: - What is ambiguous

extension LabelCollection {
    private static func check(_ survey: LabelSurvey, for purpose: Purpose) throws(ImageError) {
        let edges = survey.edges
        let count = edges.counts.count
        let isColoured = !survey.isGrey
        if isColoured, ![.uint8, .uint16].contains(survey.sampleType) {
            throw .unsupported(
                path: survey.path,
                reason: "expected a label map in grey, or in colours of uint8 or uint16, found colours of "
                    + survey.sampleType.rawValue)
        }
        let what = isColoured ? "colours" : "values"
        if edges.looksSmoothed {
            let way = "draw and resize without smoothing" + (listHint(survey).map { ", or say --colours \"\($0)\"" } ?? "")
            throw .unsupported(
                path: survey.path,
                reason: "expected one \(isColoured ? "colour" : "value") a class, found \(count) \(what), of which "
                    + "\(edges.softCount) only lie along edges: it looks anti-aliased, or was saved as JPEG; \(way)")
        }
        if edges.looksLikePicture, purpose == .training || isColoured {
            throw .unsupported(
                path: survey.path,
                reason:
                    "expected one \(isColoured ? "colour" : "value") a class, found \(count) \(what) that change from pixel to "
                    + "pixel: it looks like a picture, or anti-aliased; draw labels without smoothing and save them as PNG")
        }
    }

    /// What `--colours` could say of an image that is smoothed; nil where it could not.
    private static func listHint(_ survey: LabelSurvey) -> String? {
        let areas = survey.edges.areas
        guard (1...8).contains(areas.count), survey.storage != .palette, survey.sampleType == .uint8 else { return nil }
        return areas.enumerated().map { index, value in
            let level = UInt8(truncatingIfNeeded: value.number)
            let colour =
                survey.storage == .colours ? value.colour(is16Bit: false) : RGBColour(red: level, green: level, blue: level)
            return "\(colour.hex)=\(index + 1)"
        }.joined(separator: ",")
    }
}
