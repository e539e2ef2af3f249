internal import ArgumentParser
internal import Coordinator
internal import Imaging

/// How the values of label images, and annotations, become labels.
struct LabelOptions: ParsableArguments {
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Labels (or colours) that are read as unlabelled, separated by commas; may be given several times.",
            valueName: "n"))
    var ignoreLabel: [String] = []

    @Option(
        help: ArgumentHelp(
            "The labels of the colours of label images, \"#FF0000=1,#00FF00=2\"; others are unlabelled [their order].",
            valueName: "list"))
    var colours: String?

    @Flag(help: "Coordinates of annotations are of pixel centres: 0.5 is added, where the kind of file leaves it open.")
    var centred = false

    @Option(help: ArgumentHelp("The width of lines in annotations that state none.", valueName: "pixels"))
    var strokeWidth = LabelRules.usualStrokeWidth

    mutating func validate() throws {
        guard strokeWidth > 0, strokeWidth <= 65_536 else {
            throw ValidationError("--stroke-width: expected pixels above 0 and up to 65536, found \(strokeWidth)")
        }
        do {
            _ = try rules()
        } catch {
            throw ValidationError(error.description)
        }
    }

    func rules() throws(CoordinatorError) -> LabelRules {
        do {
            var rules = try LabelRules(ignoring: ignoreLabel, colours: colours)
            (rules.isCentred, rules.strokeWidth) = (centred, strokeWidth)
            return rules
        } catch {
            throw CoordinatorError(.usage, error.description)
        }
    }

    /// Whether one was given.
    var areGiven: Bool {
        !ignoreLabel.isEmpty || colours != nil || centred || strokeWidth != LabelRules.usualStrokeWidth
    }
}
