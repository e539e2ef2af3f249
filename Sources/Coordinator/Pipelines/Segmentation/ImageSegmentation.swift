internal import Features
internal import Formats
package import Imaging
internal import Jobs
internal import Primitives
internal import Protocol

/// From images and a model to label, probability, uncertainty and overlay files.
package struct ImageSegmentation: Sendable {
    let model: SegmentationModel
    /// The model's blob, which every worker gets once.
    let hash: ContentHash
    /// Side of the tiles; nil chooses one for each image.
    let tileSide: Int?
    /// What is done with what the forest says.
    var cleaning = ResultCleaning()
    let run: Run

    /// One image, and where its maps go.
    package struct Work: Codable, Hashable, Sendable {
        /// Of a stack, the first plane.
        package let image: ImageInput
        package let paths: MapOutputs
        /// The planes of the file that all go into the same maps; nil for the one that `image` names.
        let stack: StackShape?

        package init(image: ImageInput, paths: MapOutputs, stack: StackShape? = nil) {
            self.image = image
            self.paths = paths
            self.stack = stack
        }
    }

    /// The largest of 1024, 512 and 256 that gives every slot two tiles, when `imageCount` images of this size are worked on at once.
    static func tileSide(forImageOf width: Int, _ height: Int, slots: Int, imageCount: Int = 1) -> Int {
        let wantedCount = (2 * slots + imageCount - 1) / imageCount
        return [1024, 512].first { side in
            TileGrid(imageWidth: width, imageHeight: height, tileSide: side, haloPixels: 0).count >= wantedCount
        } ?? 256
    }

    /// Segments images: one after the other, but so that workers that have nothing to do in one begin the next.
    ///
    /// The phase of each image has its position in `works` as its number.
    /// - Parameter announce: told of every image that is complete, in their order.
    /// - Throws: what concerns more than one image, and the failure of a single one.
    func segment(
        _ works: [Work], announce: @escaping @Sendable (Work) throws -> Void = { _ in }
    ) async throws -> ImageBatch.Outcome {
        let batch = ImageBatch(of: works, segmentation: self, announce: announce)
        if works.count > 1 { run.progress.begin("segmenting", unit: "images", total: works.count) }
        do {
            try await run.clock.measure("segment") {
                _ = try await run.dispatch(BatchTiles(batch: batch), journal: batch.journal) { delivery in
                    try await batch.add(delivery.tile, to: delivery.image)
                }
            }
        } catch {
            // How the run ended is what is said.
            try? await batch.abandon()
            throw error
        }
        run.progress.end()
        return await batch.outcome
    }

    /// An image that the model can segment, opened.
    struct OpenedImage {
        /// With the channels that the model was trained on.
        let image: ImageInput
        let source: ImageSource
        let spec: FeatureSpec
        let contents: ImageContents
    }

    /// Opens an image, with the channels that the model was trained on unless others are chosen.
    ///
    /// - Throws: `ImageError`; bad input unless the model can segment this image.
    func open(_ given: ImageInput) throws -> OpenedImage {
        var image = given
        let contents = try ImageFile.contents(path: image.path)
        try run.notes.add(of: image, contents)
        if image.selection.channels == nil, let (positions, note) = model.channels?.matched(in: contents) {
            image.selection.channels = positions
            try run.notes.add([note].compactMap { $0 }, of: image.path)
        }
        let source = try image.source
        let info = source.info
        guard case .pixels(let spec, let sampleType) = model.input else {
            throw CoordinatorError(
                .badInput,
                "expected a model that was trained on images, found one that was trained on a table; use coppice predict")
        }
        guard info.channels == spec.channels, info.sampleType == sampleType else {
            throw CoordinatorError(
                .badInput,
                "\(image): expected \(spec.channels) channels of \(sampleType.rawValue) as the model was trained on, "
                    + "found \(info.channels) of \(info.sampleType.rawValue)")
        }
        return OpenedImage(image: image, source: source, spec: spec, contents: contents)
    }
}
