internal import Features
internal import Forest
internal import Formats
internal import Foundation
package import Imaging
package import Protocol

/// What a run does when it is asked. Each request leaves its inputs, parameters, outputs and figures in the run's record.
extension Run {
    /// Trains a forest. How well it is expected to do is in the record then, if that was asked for.
    package func train(_ request: TrainingRequest) async throws -> SegmentationModel {
        record.seed = request.forest.seed
        record.parameters.merge(request.parameters) { $1 }
        let model: SegmentationModel
        switch request.source {
        case .images(let pairs, let features):
            let set = try clock.measure("read") { try TrainingSet(pairs, request.rules, notes: notes) }
            let spec = try features.spec(channels: set.channels)
            record.parameters["sigmas"] = spec.sigmas.map { "\($0)" }.joined(separator: ",")
            // Of colours that were found out, too, so that the same labels can be asked for again.
            if let colours = set.labels.colourText { record.parameters["colours"] = colours }
            let trained = try await ImageTraining(
                set: set, spec: spec, parameters: request.forest, limits: request.limits, classNames: request.classNames,
                folds: request.folds, run: self, select: request.select
            ).train()
            model = trained.model
            record.estimate = trained.estimate
            record.results["estimatedAccuracy"] = trained.estimate?.accuracy
            record.results["estimatedMeanIntersectionOverUnion"] = trained.estimate?.meanIntersectionOverUnion
        case .table(let features, let labels):
            model = try await TableTraining(
                features: features, labels: labels, parameters: request.forest, limits: request.limits,
                classNames: request.classNames, run: self
            ).train()
        }
        record.results["outOfBagAccuracy"] = model.training.outOfBag.accuracy
        record.results["samples"] = Double(model.training.samplesPerClass.reduce(0, +))
        return model
    }

    /// Segments images with a model, and writes the maps that are asked for.
    ///
    /// - Parameter announce: told of every image that is complete, in their order.
    /// - Throws: what concerns more than one image, and the failure of a single one.
    package func segment(
        _ request: SegmentationRequest, with model: ModelFile,
        announce: @escaping @Sendable (ImageSegmentation.Work) throws -> Void = { _ in }
    ) async throws -> ImageBatch.Outcome {
        record.seed = model.model.training.parameters.seed
        record.parameters.merge(request.parameters) { $1 }
        register(model.bytes, as: model.hash)
        let segmentation = ImageSegmentation(
            model: model.model, hash: model.hash, tileSide: request.tileSide, cleaning: request.cleaning, run: self)
        return try await segmentation.segment(request.works, announce: announce)
    }

    /// Segments a part of an image with a model. Nothing of it is kept.
    ///
    /// - Parameter deliver: gets each tile once, one at a time, those near the focus first as far as workers allow.
    package func segment(
        _ view: ViewRequest, with model: ModelFile, deliver: @escaping @Sendable (ViewTile) async throws -> Void
    ) async throws {
        record.seed = model.model.training.parameters.seed
        record.parameters.merge(view.parameters) { $1 }
        record.inputs = [view.image.path]
        register(model.bytes, as: model.hash)
        let segmentation = ImageSegmentation(model: model.model, hash: model.hash, tileSide: view.tileSide, run: self)
        try await segmentation.segment(view, deliver: deliver)
    }

    /// Writes all features of all pixels of an image: float32 `.npy` of the shape (height, width, features).
    package func writeFeatures(_ request: FeatureArrayRequest, to path: String) async throws {
        try notes.add(of: request.image, try ImageFile.contents(path: request.image.path))
        let spec = try request.features.spec(channels: try request.image.source.info.channels)
        record.parameters.merge(request.parameters) { $1 }
        record.parameters["sigmas"] = spec.sigmas.map { "\($0)" }.joined(separator: ",")
        record.inputs = [request.image.path]
        try await FeatureStack(image: request.image, spec: spec, tileSideMax: request.tileSideMax, run: self).write(to: path)
        record.outputs = [path]
    }

    /// Classifies the rows of a table.
    package func predict(_ request: TablePredictionRequest, with model: ModelFile) async throws {
        record.seed = model.model.training.parameters.seed
        register(model.bytes, as: model.hash)
        try await TablePrediction(model: model.model, hash: model.hash, table: request.table, run: self)
            .write(labels: request.labels, probabilities: request.probabilities)
        record.outputs = [request.labels] + [request.probabilities].compactMap { $0 }
    }

    /// Finds the objects of a label image, and writes them with what is measured of them.
    ///
    /// - Parameter model: gives classes their names and colours; nil for numbers.
    /// - Throws: bad input for images or a region that do not fit, or without labels.
    package func writeObjects(_ request: ObjectsRequest, model: SegmentationModel? = nil) async throws -> ObjectCounts {
        record.parameters.merge(request.parameters) { $1 }
        let besides = [request.image?.path, request.probabilities?.path, request.within]
        record.inputs = [request.labels.path] + besides.compactMap { $0 }
        let counts = try await ObjectExtraction(request: request, run: self, model: model).write()
        record.outputs = request.outputs.map(\.path)
        record.results["objects"] = Double(counts.objects)
        record.results["objectPixels"] = Double(counts.pixels)
        record.results["smallObjects"] = Double(counts.small)
        record.results["unsplitObjects"] = Double(counts.unsplit)
        return counts
    }

    /// Compares label maps.
    ///
    /// - Parameter notes: gets what is to be said of the files.
    /// - Throws: bad input when sizes differ, or when no true label is there at all.
    package static func evaluate(
        _ request: EvaluationRequest, notes: InputNotes = InputNotes()
    ) throws -> LabelComparison {
        let pairs = request.pairs
        var comparison = LabelComparison(boundaryTolerance: request.boundaryTolerance)
        let labels = try LabelInputs(pairs.flatMap(\.uses), request.rules, for: .comparison)
        for (input, said) in labels.notes { try notes.add(said, of: input.path) }
        for pair in pairs { try LabelFiles.compare(pair, labels, into: &comparison) }
        guard comparison.pixels > 0 else {
            throw CoordinatorError(
                .badInput,
                "expected labelled pixels in the truth, found none in \(pairs.first?.truth.description ?? "")"
                    + (pairs.count > 1 ? " and the others" : "")
            )
        }
        return comparison
    }
}
