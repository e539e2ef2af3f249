internal import ArgumentParser
internal import Coordinator
internal import Imaging

/// How the values of label images become labels.
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

    mutating func validate() throws {
        do {
            _ = try rules()
        } catch {
            throw ValidationError(error.description)
        }
    }

    func rules() throws(CoordinatorError) -> LabelRules {
        do {
            return try LabelRules(ignoring: ignoreLabel, colours: colours)
        } catch {
            throw CoordinatorError(.usage, error.description)
        }
    }

    /// Whether one was given.
    var areGiven: Bool { !ignoreLabel.isEmpty || colours != nil }
}
