internal import ArgumentParser
internal import Coordinator
internal import Foundation
internal import Imaging

/// `coppice evaluate`: how predicted label maps agree with the truth.
struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Compare label maps with the truth: accuracy, intersection over union, Dice, boundary F1, confusion matrix.",
        discussion: """
            Pixels whose true label is 0 or ignored do not count; a predicted label that is ignored is a wrong one. Several pairs \
            are counted together, and so are all planes of stacks. The truth may be a file of annotations. A boundary pixel of a class \
            is right if the other map has one of the same class at most --boundary-tolerance pixels away; F1 is the harmonic mean of \
            the shares of predicted and of true ones that are right. The border of what is unlabelled is no boundary.
            """)

    @Argument(help: ArgumentHelp("Pairs of label images.", valueName: "predicted truth"))
    var images: [String]

    @Option(help: ArgumentHelp("How far off boundaries may be.", valueName: "pixels"))
    var boundaryTolerance: Int = 2

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Take what is noted of a label image for an error.")
    var strict = false

    @OptionGroup(title: "Labels") var labels: LabelOptions
    @OptionGroup(title: "Stacks and pyramids") var planes: PlaneOptions

    mutating func validate() throws {
        guard images.count >= 2, images.count.isMultiple(of: 2) else {
            throw ValidationError("expected pairs PREDICTED TRUTH, found \(images.count) file\(images.count == 1 ? "" : "s")")
        }
        let range = BoundaryComparison.toleranceRange
        guard range.contains(boundaryTolerance) else {
            throw ValidationError("--boundary-tolerance: expected 0 to \(range.upperBound) pixels, found \(boundaryTolerance)")
        }
    }

    func run() async throws {
        var doubles = Doubles()
        let pairs = try stride(from: 0, to: images.count, by: 2).compactMap { index -> EvaluationRequest.Pair? in
            let pair = EvaluationRequest.Pair(
                predicted: try planes.input(images[index]), truth: try planes.input(images[index + 1]))
            return doubles.isNew([pair.predicted, pair.truth]) ? pair : nil
        }
        let request = try EvaluationRequest(pairs, rules: try labels.rules(), boundaryTolerance: boundaryTolerance).planes(
            page: planes.page)
        let notes = InputNotes(isStrict: strict) { Console.sayLine($0) }
        try notes.add(doubles.notes(of: "pair"))
        let comparison = try Run.evaluate(request, notes: notes)
        let document = EvaluationDocument(comparison, planes: request.pairs.count, boundaryTolerance: boundaryTolerance)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try Console.print(String(decoding: try encoder.encode(document), as: UTF8.self))
        } else {
            try Console.print(document.text)
        }
    }
}

/// The figures of a comparison, as `--json` prints them.
struct EvaluationDocument: Codable, Hashable, Sendable {
    /// Pairs of planes that were compared: of stacks, all planes of each pair of files.
    var planes: Int
    var pixels: Int
    var accuracy: Double?
    var meanIntersectionOverUnion: Double?
    var labels: [Int]
    var intersectionOverUnion: [Double]
    /// In the order of `labels`.
    var dice: [Double]
    /// Of the labels that occur in the truth; missing where it is of none.
    var meanBoundaryF1: Double?
    /// In the order of `labels`; null where neither map has a boundary of the label.
    var boundaryF1: [Double?]
    /// How far off boundaries may be, in pixels.
    var boundaryTolerance: Int
    /// Pixel counts `[truth][predicted]`, in the order of `labels`; nil when there are too many labels for a matrix.
    var confusion: [[Int]]?

    /// Labels up to which the matrix is given.
    private static let matrixSideMax = 1024
    /// Labels up to which the text shows the matrix.
    private static let textSideMax = 32

    init(_ comparison: LabelComparison, planes: Int = 1, boundaryTolerance: Int) {
        self.planes = planes
        pixels = comparison.pixels
        accuracy = comparison.accuracy
        meanIntersectionOverUnion = comparison.meanIntersectionOverUnion
        labels = comparison.labels
        intersectionOverUnion = comparison.intersectionOverUnion
        dice = comparison.dice
        (meanBoundaryF1, boundaryF1) = (comparison.meanBoundaryF1, comparison.boundaryF1)
        self.boundaryTolerance = boundaryTolerance
        confusion = labels.count <= Self.matrixSideMax ? comparison.confusion : nil
    }

    /// The same figures as a table.
    var text: String {
        let show = { (value: Double?) in value.map { String(format: "%.4f", $0) } ?? "-" }
        var lines = [
            "pixels    \(pixels)", "accuracy  \(show(accuracy))", "mean IoU  \(show(meanIntersectionOverUnion))",
            "mean boundary F1  \(show(meanBoundaryF1)) within \(boundaryTolerance) pixels", "",
        ]
        let matrix = labels.count <= Self.textSideMax ? confusion : nil
        let columns = matrix == nil ? "" : "     pixels predicted as " + labels.map(String.init).joined(separator: "  ")
        lines.append("label  IoU     Dice    boundary" + columns)
        for (index, label) in labels.enumerated() {
            let name = String(label).padding(toLength: 5, withPad: " ", startingAt: 0)
            let counts = matrix.map { "  " + $0[index].map(String.init).joined(separator: "  ") } ?? ""
            let shares = [intersectionOverUnion[index], dice[index], boundaryF1[index]]
                .map { show($0).padding(toLength: 6, withPad: " ", startingAt: 0) }
            lines.append("\(name)  \(shares.joined(separator: "  "))  \(counts)")
        }
        return lines.joined(separator: "\n")
    }
}
