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
            try Console.print(document.json)
        } else {
            try Console.print(document.text)
        }
    }
}
