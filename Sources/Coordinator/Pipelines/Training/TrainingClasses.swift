internal import Imaging
internal import Protocol

/// The classes of a set of samples, with their counts; refuses sets that no forest can learn from.
struct TrainingClasses: Hashable, Sendable {
    let classes: [SegmentationClass]
    /// Samples of each class.
    let counts: [Int]

    /// Fewer samples than this give degenerate trees.
    static let samplesAdvised = 10

    /// - Parameters:
    ///   - names: a name for each class in the order of the labels; nil takes those that are known, and `class 1` for label 1.
    ///   - known: names by label, where `names` is nil.
    ///   - colours: by label; others are taken from `RGBColour.classColour`.
    ///   - place: where the labels come from, for messages.
    init(
        labels: [Int], names: [String]?, known: [Int: String] = [:], colours: [Int: RGBColour] = [:], place: String
    ) throws(CoordinatorError) {
        var counts: [Int: Int] = [:]
        for label in labels { counts[label, default: 0] += 1 }
        try self.init(counts: counts, names: names, known: known, colours: colours, place: place)
    }

    /// - Parameter counts: samples by label.
    init(
        counts: [Int: Int], names: [String]?, known: [Int: String] = [:], colours: [Int: RGBColour] = [:], place: String
    ) throws(CoordinatorError) {
        let found = counts.keys.sorted()
        guard let first = found.first else {
            throw CoordinatorError(.badInput, "\(place): expected labelled samples of 2 to 255 classes, found none")
        }
        guard found.count >= 2 else {
            throw CoordinatorError(
                .badInput, "\(place): expected labels of 2 to 255 classes, found only the label \(first); paint a second class")
        }
        guard found.count <= 255 else {
            throw CoordinatorError(.badInput, "\(place): expected labels of 2 to 255 classes, found \(found.count)")
        }
        if let names {
            guard names.count == found.count else {
                throw CoordinatorError(
                    .usage,
                    "--class-names: expected \(found.count) names for the labels \(Self.list(found)), found \(names.count)")
            }
            guard Set(names).count == names.count, names.allSatisfy({ !$0.isEmpty }) else {
                throw CoordinatorError(
                    .usage, "--class-names: expected names that are all different, found \(names.joined(separator: ","))")
            }
        }
        classes = found.enumerated().map { index, label in
            SegmentationClass(
                label: label, name: names?[index] ?? known[label] ?? "class \(label)",
                colour: colours[label] ?? .classColour(index))
        }
        self.counts = found.map { counts[$0] ?? 0 }
    }

    /// The index of the class of each label.
    var indices: [Int: UInt8] {
        Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1.label, UInt8($0)) })
    }

    /// One warning for each class that has too few samples; a single one for more than `warningsMax`.
    var warnings: [String] {
        let few = zip(classes, counts).filter { $0.1 < Self.samplesAdvised }
        guard few.count <= Self.warningsMax else {
            return [
                "warning: \(few.count) of \(classes.count) classes (labels \(Self.list(few.prefix(3).map(\.0.label))), …) "
                    + "have fewer than the \(Self.samplesAdvised) labelled samples that are advised"
            ]
        }
        return few.map { one, count in
            "warning: \(one.name) (label \(one.label)) has only \(count) labelled sample\(count == 1 ? "" : "s"); "
                + "at least \(Self.samplesAdvised) are advised"
        }
    }

    private static let warningsMax = 5

    private static func list(_ labels: [Int]) -> String { labels.map(String.init).joined(separator: ", ") }
}
