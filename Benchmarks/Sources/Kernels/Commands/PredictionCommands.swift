internal import ArgumentParser
internal import Forest
internal import Imaging

/// The class of every pixel, from bins that are there already.
struct LabelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "labels", abstract: "Labels of an image by a model, from the bins of its features.")

    @Argument(help: "A model that was trained on images.")
    var model: String

    @OptionGroup var image: ImageOptions
    @OptionGroup var timing: TimingOptions

    func run() throws {
        let team = SlotTeam(threads: timing.threads)
        let input = try BinnedImage(model: ModelFile(path: model), image: image, team: team)
        let labels = SharedBuffer<UInt8>(count: input.tiles.pixelCount)
        var measurement = try timing.measure("labels") { _ in
            try team.run(input.tiles.parts.count) { slot, index in
                let part = input.tiles.parts[index]
                slot.prediction.labels(
                    bins: input.bins(of: part), planeStride: part.core.area, width: part.core.width, height: part.core.height,
                    predictor: input.model.predictor, into: labels.base + part.firstPixel)
            }
        }
        measurement.facts = input.facts
        try measurement.report()
    }
}

/// The probability of every class at every pixel, from bins that are there already.
struct ProbabilitiesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probabilities",
        abstract: "Class probabilities of an image by a model, float32, from the bins of its features.")

    @Argument(help: "A model that was trained on images.")
    var model: String

    @OptionGroup var image: ImageOptions
    @OptionGroup var timing: TimingOptions

    func run() throws {
        let team = SlotTeam(threads: timing.threads)
        let input = try BinnedImage(model: ModelFile(path: model), image: image, team: team)
        let predictor = input.model.predictor
        let probabilities = SharedBuffer<Float>(count: input.tiles.pixelCount * predictor.classCount)
        let scale = 1 / (Float(predictor.treeCount) * Float(Tree.leafTotal))
        var measurement = try timing.measure("probabilities") { _ in
            try team.run(input.tiles.parts.count) { slot, index in
                let part = input.tiles.parts[index]
                let count = part.core.area * predictor.classCount
                slot.withVotes(count) { votes in
                    slot.prediction.votes(
                        bins: input.bins(of: part), planeStride: part.core.area, width: part.core.width,
                        height: part.core.height, predictor: predictor, into: votes, targetStride: part.core.area)
                    let target = probabilities.base + part.firstPixel * predictor.classCount
                    for index in 0..<count { target[index] = Float(votes[index]) * scale }
                }
            }
        }
        measurement.facts = input.facts
        try measurement.report()
    }
}
