package import Features
package import Forest
package import Imaging
package import Jobs
package import Objects

/// What can be asked of a run. Every request is a value that can be written down, and says its parameters once: for the record of a
/// kept run, which goes on only with the same ones, and for the report.
package protocol RunRequest: Codable, Sendable {
    /// Everything besides the inputs that decides about jobs and their results, by the names of the options.
    var parameters: [String: String] { get }
}

/// Which features are computed: a preset or families, and the Gaussians as a range.
package struct FeatureRequest: RunRequest, Hashable {
    package var choice: FeatureChoice
    /// Smallest and largest Gaussian, in pixels.
    package var sigmaMin: Double
    package var sigmaMax: Double
    /// Number of Gaussians, logarithmically spaced; nil for one per octave.
    package var sigmaCount: Int?

    package init(_ choice: FeatureChoice, sigmaMin: Double = 0.5, sigmaMax: Double = 16, sigmaCount: Int? = nil) {
        (self.choice, self.sigmaMin, self.sigmaMax, self.sigmaCount) = (choice, sigmaMin, sigmaMax, sigmaCount)
    }

    package init(
        families: [FeatureFamily], sigmaMin: Double = 0.5, sigmaMax: Double = 16, sigmaCount: Int? = nil
    ) {
        self.init(.families(families), sigmaMin: sigmaMin, sigmaMax: sigmaMax, sigmaCount: sigmaCount)
    }

    package init(
        preset: FeaturePreset = .scikitImage, sigmaMin: Double = 0.5, sigmaMax: Double = 16, sigmaCount: Int? = nil
    ) {
        self.init(.preset(preset), sigmaMin: sigmaMin, sigmaMax: sigmaMax, sigmaCount: sigmaCount)
    }

    package var parameters: [String: String] {
        let count: String = sigmaCount.map { "\($0)" } ?? "automatic"
        return [
            "features": choice.description, "sigma-min": "\(sigmaMin)", "sigma-max": "\(sigmaMax)", "sigma-count": count,
        ]
    }

    /// The feature spec for images with `channels` colour channels.
    package func spec(channels: Int) throws(FeatureSpecError) -> FeatureSpec {
        let sigmas = try FeatureSpec.sigmas(from: sigmaMin, to: sigmaMax, count: sigmaCount)
        return try choice.spec(sigmas: sigmas, channels: channels)
    }

    /// Throws unless some images have these features: those of three channels have all families.
    package func check() throws(FeatureSpecError) { _ = try spec(channels: 3) }
}

/// A forest from annotated images, or from a table made elsewhere.
package struct TrainingRequest: RunRequest {
    package enum Source: Codable, Hashable, Sendable {
        case images([TrainingPair], FeatureRequest)
        /// `X.npy`, samples × features, and `y.npy`, a label ≥ 0 a sample.
        case table(features: String, labels: String)
    }

    package var source: Source
    package var forest: ForestParameters
    /// The most samples that are learned from.
    package var limits: SampleLimits
    /// In the order of the labels; nil takes `class 1` for label 1.
    package var classNames: [String]?
    /// How the values of label images become labels.
    package var rules: LabelRules
    /// Parts of the strokes that are left out, one after the other, to estimate the accuracy: 0 for no estimate, or as in
    /// `FoldAssignment.foldCountRange`. The model does not depend on it. Of a table nothing is known of strokes.
    package var folds: Int
    /// Features that are kept, those that matter most to a first forest; nil for all. Of a table all are kept.
    package var select: Int?

    /// Folds of which each has enough strokes where there are few, and leaves most of them to learn from.
    package static let foldsUsual = 4
    /// Trees of the forest that features are selected by.
    package static let selectionTrees = FeatureSelection.trees

    package init(
        _ source: Source, forest: ForestParameters, limits: SampleLimits = SampleLimits(), classNames: [String]? = nil,
        rules: LabelRules = .none, folds: Int = foldsUsual, select: Int? = nil
    ) {
        (self.source, self.forest, self.limits, self.classNames) = (source, forest, limits, classNames)
        (self.rules, self.folds, self.select) = (rules, folds, select)
    }

    package var parameters: [String: String] {
        let text = { (number: Int?) -> String in number.map(String.init) ?? "none" }
        var parameters: [String: String] = [
            "trees": "\(forest.trees)", "max-depth": text(forest.maxDepth), "max-samples": forest.maxSamples.description,
            "max-features": forest.maxFeatures.description, "min-samples-leaf": "\(forest.minSamplesLeaf)",
            "class-weight": forest.classWeight.rawValue, "seed": "\(forest.seed)",
        ]
        parameters["max-samples-per-class"] = text(limits.perClass)
        parameters["max-samples-per-image"] = text(limits.perImage)
        parameters["class-names"] = classNames?.joined(separator: ",") ?? "none"
        switch source {
        case .images(_, let features):
            parameters.merge(features.parameters) { $1 }
            parameters["folds"] = "\(folds)"
            // Only if it is given, so that runs from before there was one go on.
            parameters["select"] = select.map(String.init)
        case .table: parameters["table"] = "yes"
        }
        return parameters.merging(rules.parameters) { $1 }
    }
}

/// The maps of whole images, as files.
package struct SegmentationRequest: RunRequest {
    package var works: [ImageSegmentation.Work]
    /// Side of the tiles, in pixels; nil chooses one for each image. The maps do not depend on it.
    package var tileSide: Int?
    /// What is done with what the forest says.
    package var cleaning: ResultCleaning

    package init(_ works: [ImageSegmentation.Work], tileSide: Int? = nil, cleaning: ResultCleaning = ResultCleaning()) {
        (self.works, self.tileSide, self.cleaning) = (works, tileSide, cleaning)
    }

    package var parameters: [String: String] {
        var parameters = ["tile": tileSide.map(String.init) ?? "automatic"].merging(cleaning.parameters) { $1 }
        for kind in MapKind.allCases where kind.content.isShares {
            parameters[kind.rawValue] = works.first?.paths.elements[kind].map { "\($0)" } ?? "none"
        }
        return parameters
    }
}

/// The maps of a part of an image, tile by tile, for somebody who looks at it.
package struct ViewRequest: RunRequest {
    package var image: ImageInput
    /// The part, in pixels of the image in the resolution that is selected. Whole tiles of the grid are given that it touches.
    package var part: PixelRect
    /// Maps that workers make.
    package var maps: [MapKind]
    /// Column and row near which tiles come first; nil for the middle of the part.
    package var focus: [Int]?
    /// Side of the tiles, in pixels. The grid begins at the image's first pixel, so tiles of different views are the same.
    package var tileSide: Int

    package init(image: ImageInput, part: PixelRect, maps: [MapKind] = [.labels], focus: [Int]? = nil, tileSide: Int = 256) {
        (self.image, self.part, self.maps, self.focus, self.tileSide) = (image, part, maps, focus, tileSide)
    }

    package var parameters: [String: String] {
        [
            "part": "\(part.width)x\(part.height)+\(part.x)+\(part.y)", "maps": maps.map(\.rawValue).joined(separator: ","),
            "tile": "\(tileSide)",
        ]
    }
}

/// The features of every pixel of an image, as an array.
package struct FeatureArrayRequest: RunRequest {
    package var image: ImageInput
    package var features: FeatureRequest
    /// Largest side of the tiles, in pixels. The result does not depend on it.
    package var tileSideMax: Int

    package init(image: ImageInput, features: FeatureRequest, tileSideMax: Int = 256) {
        (self.image, self.features, self.tileSideMax) = (image, features, tileSideMax)
    }

    package var parameters: [String: String] { features.parameters.merging(["tile": "\(tileSideMax)"]) { $1 } }
}

/// The classes of the rows of a table.
package struct TablePredictionRequest: RunRequest {
    /// `X.npy`, samples × features.
    package var table: String
    /// Where the labels go: an int32 `.npy`.
    package var labels: String
    /// Where the class probabilities go: a float32 `.npy` of samples × classes.
    package var probabilities: String?

    package init(table: String, labels: String, probabilities: String? = nil) {
        (self.table, self.labels, self.probabilities) = (table, labels, probabilities)
    }

    package var parameters: [String: String] { ["probabilities": probabilities == nil ? "none" : "float32"] }
}

/// The objects of a label image, as files.
package struct ObjectsRequest: RunRequest {
    /// A kind of file that objects are written to.
    package enum Format: String, Codable, Sendable, CaseIterable {
        /// QuPath's GeoJSON: outlines and measurements.
        case geojson
        /// A table of measurements.
        case csv
        /// COCO's JSON: outlines or runs.
        case coco
        /// A 32-bit image of objects' numbers, TIFF or OME-Zarr.
        case instances

        /// Endings of the names of its files.
        package var endings: [String] {
            switch self {
            case .geojson: ["geojson"]
            case .csv: ["csv"]
            case .coco: ["json"]
            case .instances: ["tif", "tiff", "zarr"]
            }
        }

        /// The format that the ending of a name stands for; nil for other endings.
        package init?(ofPath path: String) {
            let ending = FilePath(path).ending
            guard let known = Self.allCases.first(where: { $0.endings.contains(ending) }) else { return nil }
            self = known
        }
    }

    package struct Output: Codable, Hashable, Sendable {
        package var path: String
        package var format: Format

        package init(path: String, format: Format) { (self.path, self.format) = (path, format) }
    }

    /// A label image.
    package var labels: ImageInput
    package var outputs: [Output]
    /// The image whose intensities are measured, and that of the probabilities of classes.
    package var image: ImageInput?
    package var probabilities: ImageInput?
    /// The labels of objects; nil for all but the background.
    package var classes: [UInt16]?
    package var connectivity = ObjectRules.Connectivity.eight
    /// Pixels of the smallest object that is written.
    package var areaMin = 1
    package var fillsHoles = false
    /// As of `ObjectRules`.
    package var splitDepth: Double?
    package var drawing = OutlineDrawing()
    /// Whether objects are QuPath's detections instead of annotations.
    package var isDetections = false
    /// How the values of the label image become labels.
    package var labelRules = LabelRules.none
    /// A label image, or a file of annotations on `image` (on `labels` if there is none): labels outside of it are 0; nil for all labels.
    package var within: String?
    /// Side of the tiles, in pixels; nil chooses one. The outputs do not depend on it.
    package var tileSide: Int?

    package init(labels: ImageInput, outputs: [Output]) { (self.labels, self.outputs) = (labels, outputs) }

    package var parameters: [String: String] {
        var parameters: [String: String] = [
            "classes": classes.map { $0.map(String.init).joined(separator: ",") } ?? "all but the background",
            "connectivity": "\(connectivity.rawValue)", "min-area": "\(areaMin)", "fill-holes": fillsHoles ? "yes" : "no",
            "split": splitDepth.map { "\($0)" } ?? "no", "simplify": drawing.tolerance.map { "\($0)" } ?? "no",
            "smooth": "\(drawing.smoothing)", "detections": isDetections ? "yes" : "no",
            "tile": tileSide.map(String.init) ?? "automatic",
        ]
        parameters["outputs"] = outputs.map(\.format.rawValue).joined(separator: ",")
        parameters["image"] = image?.description ?? "none"
        parameters["probabilities"] = probabilities?.description ?? "none"
        // Only if it is given, so that runs from before there was one go on.
        parameters["within"] = within
        return parameters.merging(labelRules.parameters) { $1 }
    }
}

/// How well predicted label maps agree with true ones; all pairs are counted together.
package struct EvaluationRequest: Codable, Sendable {
    package struct Pair: Codable, Hashable, Sendable {
        package var predicted: ImageInput
        package var truth: ImageInput

        package init(predicted: ImageInput, truth: ImageInput) { (self.predicted, self.truth) = (predicted, truth) }

        /// The first planes of two files.
        package init(predicted: String, truth: String) {
            self.init(predicted: ImageInput(path: predicted), truth: ImageInput(path: truth))
        }
    }

    package var pairs: [Pair]
    /// How the values of label images become labels. Ignored labels do not count as truth.
    package var rules: LabelRules
    /// How far off boundaries may be, in pixels, in `BoundaryComparison.toleranceRange`; nil leaves out boundaries.
    package var boundaryTolerance: Int?

    package init(_ pairs: [Pair], rules: LabelRules = .none, boundaryTolerance: Int? = nil) {
        (self.pairs, self.rules, self.boundaryTolerance) = (pairs, rules, boundaryTolerance)
    }
}
