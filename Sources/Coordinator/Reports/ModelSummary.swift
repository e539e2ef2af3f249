internal import Features
internal import Forest
internal import Foundation
internal import Imaging
package import Protocol

/// A model in figures, without its trees.
package struct ModelSummary: Codable, Hashable, Sendable {
    package struct Importance: Codable, Hashable, Sendable {
        var feature: String
        var importance: Double
    }

    package var classes: [SegmentationClass]
    package var input: ModelInput
    package var trees: Int
    package var nodes: Int
    package var depthMax: Int
    package var training: TrainingRecord
    /// Largest first.
    package var importances: [Importance]
    /// What is known of the accuracy beside the strokes; nil where that is not known of a model alone.
    package var estimate: AccuracyEstimate?

    package init(_ model: SegmentationModel) {
        classes = model.classes
        input = model.input
        trees = model.forest.trees.count
        nodes = model.forest.trees.reduce(0) { $0 + $1.feature.count }
        depthMax = model.forest.trees.map(\.depth).max() ?? 0
        training = model.training
        importances = zip(model.input.names, model.training.importances)
            .map { Importance(feature: $0, importance: $1) }
            .sorted { ($1.importance, $0.feature) < ($0.importance, $1.feature) }
    }

    /// What `coppice train` prints.
    ///
    /// - Parameter estimate: what is known of the accuracy beside the strokes, if anything.
    package func trainingText(path: String, _ estimate: AccuracyEstimate?) -> String {
        var lines = ["model     \(path)"] + (estimate?.lines ?? []) + [outOfBagLine, samplesLine, forestLine]
        let best = importances.prefix(3).map { "\($0.feature) (\(Self.percent($0.importance)))" }
        lines.append("features  most important: \(best.joined(separator: ", "))")
        return lines.joined(separator: "\n")
    }

    /// What `coppice inspect` prints.
    ///
    /// - Parameter estimate: what is known of the accuracy beside the strokes, if anything.
    package func text(path: String, _ estimate: AccuracyEstimate? = nil) -> String {
        var lines = ["model     \(path)"] + (estimate?.lines ?? [])
        switch input {
        case .pixels(let spec, let sampleType):
            lines.append("input     images of \(spec.channels) channel\(spec.channels == 1 ? "" : "s"), \(sampleType.rawValue)")
            lines.append(Self.line(spec))
        case .rows(let names):
            lines.append("input     tables of \(names.count) columns")
        }
        lines += [forestLine, samplesLine, outOfBagLine, "", "label  colour   samples  name"]
        for (one, count) in zip(classes, training.samplesPerClass) {
            lines.append(
                "\(Self.pad("\(one.label)", 5))  \(one.colour.hex)  \(Self.pad("\(count)", 7))  \(one.name)")
        }
        if let estimate, estimate.samples > 0 {
            lines += matrix(estimate.confusion, "confusion of left-out \(estimate.unit.rawValue)")
        }
        if training.outOfBag.samples > 0 { lines += matrix(training.outOfBag.confusion, "out-of-bag confusion") }
        lines += ["", "importance  feature"]
        for one in importances.prefix(20) { lines.append("\(Self.pad(Self.percent(one.importance), 10))  \(one.feature)") }
        if importances.count > 20 { lines.append("(\(importances.count - 20) more: --json lists all)") }
        return lines.joined(separator: "\n")
    }

    /// What is computed of each pixel: the preset, if it is one, and families, with their sigmas where they have not all.
    private static func line(_ spec: FeatureSpec) -> String {
        func text(_ sigmas: [Double]) -> String { sigmas.map { String(format: "%g", $0) }.joined(separator: " ") }
        let families = spec.families.map { family in
            family.rawValue + (spec.familySigmas[family].map { " (\(text($0)))" } ?? "")
        }
        let preset = FeaturePreset(of: spec).map { "\($0.rawValue): " } ?? ""
        let selected = spec.selected == nil ? "" : " selected of \(spec.planeCount)"
        return "features  \(spec.featureCount)\(selected): \(preset)\(families.joined(separator: ", ")); "
            + "sigmas \(text(spec.sigmas)); halo \(spec.haloPixels) pixels"
    }

    /// A confusion matrix with its heading.
    private func matrix(_ confusion: [[Int]], _ title: String) -> [String] {
        ["", "\(title) (rows: truth, columns: predicted)"]
            + zip(classes, confusion).map { one, row in
                "\(Self.pad("\(one.label)", 5))  " + row.map { Self.pad("\($0)", 7) }.joined(separator: " ")
            }
    }

    private var forestLine: String { "forest    \(trees) trees, \(nodes) nodes, depth up to \(depthMax)" }

    private var samplesLine: String {
        "samples   " + zip(classes, training.samplesPerClass).map { "\($0.name): \($1)" }.joined(separator: ", ")
    }

    private var outOfBagLine: String {
        guard let accuracy = training.outOfBag.accuracy else { return "out-of-bag unknown: every sample was seen by every tree" }
        return "accuracy  \(Self.percent(accuracy)) out of bag, judged on \(training.outOfBag.samples) samples"
    }

    private static func percent(_ share: Double) -> String { String(format: "%.2f %%", share * 100) }

    private static func pad(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
