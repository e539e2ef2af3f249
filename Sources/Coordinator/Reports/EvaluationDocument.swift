internal import Foundation
package import Imaging

/// The figures of a comparison, as `coppice evaluate --json` prints them.
package struct EvaluationDocument: Codable, Hashable, Sendable {
    /// Pairs of planes that were compared: of stacks, all planes of each pair of files.
    package var planes: Int
    package var pixels: Int
    package var accuracy: Double?
    package var meanIntersectionOverUnion: Double?
    package var labels: [Int]
    package var intersectionOverUnion: [Double]
    /// In the order of `labels`.
    package var dice: [Double]
    /// Of the labels that occur in the truth; missing where it is of none.
    package var meanBoundaryF1: Double?
    /// In the order of `labels`; null where neither map has a boundary of the label.
    package var boundaryF1: [Double?]
    /// How far off boundaries may be, in pixels.
    package var boundaryTolerance: Int
    /// Pixel counts `[truth][predicted]`, in the order of `labels`; nil when there are too many labels for a matrix.
    package var confusion: [[Int]]?

    /// Labels up to which the matrix is given.
    private static let matrixSideMax = 1024
    /// Labels up to which the text shows the matrix.
    private static let textSideMax = 32

    package init(_ comparison: LabelComparison, planes: Int = 1, boundaryTolerance: Int) {
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

    /// The figures as JSON, a member a line.
    package var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    /// The same figures as a table.
    package var text: String {
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
