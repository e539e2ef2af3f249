internal import Features
internal import Forest
internal import Foundation
internal import Imaging
internal import Jobs
internal import Primitives
internal import Protocol

/// From images and their labels to a model.
struct ImageTraining: Sendable {
    let set: TrainingSet
    let spec: FeatureSpec
    let parameters: ForestParameters
    var limits = SampleLimits()
    let classNames: [String]?
    /// Parts of the strokes that are left out to estimate the accuracy, one after the other; 0 for no estimate.
    var folds = 0
    let run: Run
    /// Of so many samples edges are made, about; nil for the usual number.
    var edgeSampleCount: Int?
    /// So many samples are held in memory; nil for as many as edges are made of. It does not change the model's trees.
    var heldSampleCount: Int?
    private let gaps = LabelGaps()
    /// So many features are kept, those that matter most (`FeatureSelection`); nil for all.
    var select: Int?

    /// The model, and how well it is expected to do; nil where that is not asked for.
    func train() async throws -> (model: SegmentationModel, estimate: AccuracyEstimate?) {
        let edgeSampleCount = edgeSampleCount ?? SampleLimits.edgeSampleCount(featureCount: spec.featureCount)
        let heldSampleCount = heldSampleCount ?? edgeSampleCount
        // Labels need not be counted where there are too few pixels for it to matter.
        if set.pixelCount <= heldSampleCount, !limits.areSet { return try await trainInMemory(SampleRequest()) }
        let (selection, census) = try run.clock.measure("read") {
            let selection = try LabelCensus.selection(set.pairs, limits, seed: parameters.seed, of: set.labels)
            return (selection, try LabelCensus(set.pairs, selection, of: set.labels, gaps))
        }
        try sayGaps()
        guard census.count > heldSampleCount else { return try await trainInMemory(SampleRequest(selection: selection)) }
        let share = Double(edgeSampleCount) / Double(census.count)
        return try await trainOnFile(census, selection.withEdges(from: share))
    }

    /// Samples come as features, and stay here.
    private func trainInMemory(_ request: SampleRequest) async throws -> (SegmentationModel, AccuracyEstimate?) {
        let samples = try await samples(request, kind: "features")
        try sayGaps()
        let classes = try TrainingClasses(
            labels: samples.labels, names: classNames, known: set.labels.names, colours: set.labels.colours, place: place)
        let forest = forest(classes)
        guard let selection = selection(forest) else {
            return try await estimated(try await forest.train(samples), classes, request.selection)
        }
        let kept = try await selection.features(on: try forest.table(of: samples).table)
        let pruned = try self.forest(classes, keeping: kept)
        return try await estimated(try await pruned.train(samples.keeping(kept)), classes, request.selection)
    }

    /// The choice of features, if there is one to make.
    private func selection(_ forest: ForestTraining) -> FeatureSelection? {
        guard let select, select < spec.featureCount else { return nil }
        return FeatureSelection(count: select, training: forest)
    }

    /// Edges are made from some samples; all then come as bins, and go to a file.
    private func trainOnFile(
        _ census: LabelCensus, _ selection: SampleSelection
    ) async throws -> (SegmentationModel, AccuracyEstimate?) {
        let classes = try TrainingClasses(
            counts: census.countOfLabel, names: classNames, known: set.labels.names, colours: set.labels.colours, place: place)
        let forest = forest(classes)
        let some = try await samples(SampleRequest(selection: selection, onlyEdgeSamples: true), kind: "edges")
        let edges = try run.clock.measure("quantise") { try BinEdges(ParallelQuantiser.edges(of: some)) }
        let document = try EdgesDocument(edges).encoded()
        let hash = ContentHash(of: document)
        run.register(document, as: hash)
        let shape = try TableShape(
            sampleCount: census.count, featureCount: spec.featureCount, classCount: classes.classes.count)
        let file = try TableFile(in: run.scratchFolder, shape: shape)
        let (starts, indices) = (census.starts, classes.indices)
        try await forEachPart(SampleRequest(selection: selection, edges: hash), kind: "bins") { part in
            let classes = part.pixels.labels.map { indices[Int($0)] ?? 0 }
            try await offload {
                try file.write(part.samples.bytes, classes, to: part.pixels.ranks, from: starts[part.pixels.image])
            }
        }
        guard let choice = self.selection(forest) else {
            return try await estimated(try await forest.train(on: file, edges: edges), classes, selection)
        }
        let whole = try run.clock.measure("quantise") { try ReadyTable(file, samplesOfClass: classes.counts, in: run) }
        let kept = try await choice.features(on: whole)
        let pruned = try self.forest(classes, keeping: kept)
        let narrow = try await offload { [folder = run.scratchFolder] in try file.keeping(kept, in: folder) }
        let keptEdges = try BinEdges(kept.map { edges.edges(ofFeature: $0) })
        return try await estimated(try await pruned.train(on: narrow, edges: keptEdges), classes, selection)
    }

    private func estimated(
        _ trained: ForestTraining.Trained, _ classes: TrainingClasses, _ selection: SampleSelection
    ) async throws -> (SegmentationModel, AccuracyEstimate?) {
        let estimation = StrokeEstimation(
            set: set, selection: selection, classes: classes, parameters: parameters, folds: folds, run: run)
        return (trained.model, try await estimation.estimate(trained.table))
    }

    /// Says how many labelled pixels have no data, if there are any, once all labels were read.
    private func sayGaps() throws {
        let notes = gaps.notes(of: set.pairs)
        for (image, note) in notes { try run.notes.add([note], of: image.path) }
        if !notes.isEmpty { run.record.results["labelledPixelsWithoutData"] = Double(gaps.count) }
    }

    private func forest(_ classes: TrainingClasses) -> ForestTraining {
        for warning in classes.warnings { run.progress.warn(warning) }
        return forest(classes, reading: spec)
    }

    /// The training of a forest that some features are kept for.
    private func forest(_ classes: TrainingClasses, keeping features: [Int]) throws -> ForestTraining {
        run.progress.say("Keeping \(features.count) of \(spec.featureCount) features")
        return forest(classes, reading: try spec.selecting(features))
    }

    private func forest(_ classes: TrainingClasses, reading spec: FeatureSpec) -> ForestTraining {
        ForestTraining(
            parameters: parameters, input: .pixels(spec, set.sampleType), classes: classes, channels: set.modelChannels, run: run)
    }

    /// Where the labels come from, for messages.
    private var place: String {
        let names = set.pairs.prefix(3).map(\.labels.description).joined(separator: ", ")
        return set.pairs.count > 3 ? "\(names) and \(set.pairs.count - 3) more" : names
    }

    /// The features of the samples that are wanted, in their order.
    private func samples(_ request: SampleRequest, kind: String) async throws -> LabelledSamples {
        let collection = SampleCollection()
        try await forEachPart(request, kind: kind) { collection.add($0) }
        return run.clock.measure("quantise") { collection.sorted(featureCount: spec.featureCount) }
    }

    private func forEachPart(
        _ request: SampleRequest, kind: String, _ take: @escaping @Sendable (LabelledSamplesPart) async throws -> Void
    ) async throws {
        let phase = try run.phase(kind, granularity: LabelledTiles.tileSide)
        run.progress.begin(kind, unit: "tiles", total: nil)
        try await run.clock.measure("features") {
            let tiles = LabelledTiles(set: set, spec: spec, request: request, gaps: gaps, run: run)
            try await run.dispatch(tiles, of: phase, count: nil) { part in
                try await take(part)
                run.progress.advance(by: 1)
            }
        }
        run.progress.end()
    }
}

extension TableFile {
    /// Writes the samples of one tile.
    ///
    /// - Parameters:
    ///   - bins: `[sample][feature]`.
    ///   - ranks: where the samples come, from `start` on, consecutive ones together.
    fileprivate func write(_ bins: Data, _ classes: [UInt8], to ranks: [Range<Int>], from start: Int) throws {
        try bins.withUnsafeBytes { bins in
            try classes.withUnsafeBytes { classes in
                var done = 0
                for range in ranks {
                    let end = done + range.count
                    try write(
                        UnsafeRawBufferPointer(rebasing: bins[done * shape.featureCount..<end * shape.featureCount]),
                        UnsafeRawBufferPointer(rebasing: classes[done..<end]), at: start + range.lowerBound)
                    done = end
                }
                precondition(done == classes.count, "\(done) of \(classes.count) samples have a place")
            }
        }
    }
}
