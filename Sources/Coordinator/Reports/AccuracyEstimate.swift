internal import Foundation
internal import Imaging
internal import Protocol

/// How well a model is expected to do on pixels beside the strokes it has learned from: judged on strokes, or images, that were left out.
///
/// Out-of-bag votes judge a pixel by trees that have seen its neighbours in the same stroke; these do not.
package struct AccuracyEstimate: Codable, Hashable, Sendable {
    /// What was left out as a whole.
    package enum Unit: String, Codable, Hashable, Sendable { case strokes, images }

    /// What is known of one class.
    package struct OfClass: Codable, Hashable, Sendable {
        package var label: Int
        package var name: String
        /// Strokes, or images, with samples of it.
        package var parts: Int
        /// Whether a stroke of it was cut along blocks of 256×256 pixels, because it had most of the class.
        package var isCut: Bool
        /// Samples that were judged.
        package var samples: Int
        /// 0…1; nil of a class that was never left out, because all of its samples are in one stroke.
        package var intersectionOverUnion: Double?
    }

    package var unit: Unit
    /// Groups that were left out, one after the other.
    package var folds: Int
    package var treesPerFold: Int
    /// Samples that were judged, of all classes.
    package var samples: Int
    /// Share of the judged samples whose class was found, 0…1.
    package var accuracy: Double?
    /// Mean over the classes that were judged.
    package var meanIntersectionOverUnion: Double?
    package var classes: [OfClass]
    /// `[truth][predicted]`, in the order of the classes.
    package var confusion: [[Int]]

    init(_ classes: [SegmentationClass], _ folds: SampleFolds, treesPerFold: Int, confusion: [[Int]]) {
        unit = folds.unit
        self.folds = folds.folds.count
        self.treesPerFold = treesPerFold
        self.confusion = confusion
        let judged = confusion.map { $0.reduce(0, +) }
        samples = judged.reduce(0, +)
        let right = confusion.indices.map { confusion[$0][$0] }
        accuracy = samples > 0 ? Double(right.reduce(0, +)) / Double(samples) : nil
        self.classes = classes.enumerated().map { index, one in
            let predicted = confusion.reduce(0) { $0 + $1[index] }
            let union = judged[index] + predicted - right[index]
            return OfClass(
                label: one.label, name: one.name, parts: folds.partsOfClass[index],
                isCut: folds.cutClasses.contains(UInt8(index)), samples: judged[index],
                intersectionOverUnion: judged[index] > 0 ? Double(right[index]) / Double(union) : nil)
        }
        let shares = self.classes.compactMap(\.intersectionOverUnion)
        meanIntersectionOverUnion = shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
    }

    /// The lines that `train`, `inspect` and the demo show, the first thing they say of a model.
    package var lines: [String] {
        guard let accuracy, let mean = meanIntersectionOverUnion else {
            return ["estimate  unknown: no class has two strokes of its own; paint more strokes"]
        }
        let shares = classes.map { one in
            let share = one.intersectionOverUnion.map(Self.percent) ?? "unknown"
            return "\(one.name) \(share)"
        }
        var lines = [
            "estimate  \(Self.percent(accuracy)) accuracy by leaving out \(unit.rawValue), judged on \(samples) samples (\(folds) folds, "
                + "\(treesPerFold) trees each)",
            "IoU       mean \(Self.percent(mean)); \(shares.joined(separator: ", "))",
        ]
        let unknown = classes.filter { $0.intersectionOverUnion == nil }.map(\.name)
        if !unknown.isEmpty {
            lines.append(
                "          \(unknown.joined(separator: ", ")): one stroke only, which is never left out; paint another to know how well"
            )
        }
        let cut = classes.filter(\.isCut).map(\.name)
        if !cut.isEmpty {
            lines.append(
                "          \(cut.joined(separator: ", ")): one region has most of it, and is left out in blocks of 256×256 pixels"
            )
        }
        return lines
    }

    private static func percent(_ share: Double) -> String { String(format: "%.2f %%", share * 100) }
}
