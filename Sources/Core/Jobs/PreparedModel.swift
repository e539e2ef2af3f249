internal import Features
internal import Forest
internal import Imaging
package import Protocol

/// A model laid out for prediction: made once, shared by all slots of a worker.
package struct PreparedModel: Sendable {
    package let model: SegmentationModel
    let predictor: ForestPredictor

    package init(_ model: SegmentationModel) {
        self.model = model
        predictor = ForestPredictor(forest: model.forest)
    }

    /// Memory that the model takes, in bytes, to within a few per cent: the trees as read and as laid out for prediction.
    package var byteCount: Int {
        model.forest.trees.reduce(0) { sum, tree in
            sum + 2 * (tree.feature.count * 7 + tree.leaves.count * 2)
        }
    }

    /// Throws unless the model reads pixels of this kind.
    func requirePixels(channels: Int, sampleType: SampleType) throws(JobError) -> FeatureSpec {
        guard case .pixels(let spec, let expected) = model.input else {
            throw .invalid("model: expected one that was trained on images, found one that was trained on a table")
        }
        guard spec.channels == channels, expected == sampleType else {
            throw .invalid(
                "image: expected \(spec.channels) channels of \(expected.rawValue) as in training, "
                    + "found \(channels) of \(sampleType.rawValue)")
        }
        return spec
    }
}
