internal import Imaging

/// The images to learn from, looked at before any pixel is read: all of one kind, each with labels of its size.
struct TrainingSet: Sendable {
    let pairs: [TrainingPair]
    /// Channels and sample type that all images share.
    let channels: Int
    let sampleType: SampleType
    /// Of all images.
    let pixelCount: Int

    /// Opens every file once.
    ///
    /// - Throws: `ImageError` for files that cannot be read; bad input when sizes or kinds do not match.
    init(_ pairs: [TrainingPair]) throws {
        var pixelCount = 0
        var first: (info: ImageInfo, image: ImageInput)?
        for pair in pairs {
            let info = try pair.image.source.info
            let labels = try pair.labels.labels
            guard labels.width == info.width, labels.height == info.height else {
                throw CoordinatorError(
                    .badInput,
                    "\(pair.labels): expected labels of \(info.width)×\(info.height) pixels as \(pair.image), "
                        + "found \(labels.width)×\(labels.height)")
            }
            if let first, first.info.channels != info.channels || first.info.sampleType != info.sampleType {
                throw CoordinatorError(
                    .badInput,
                    "\(pair.image): expected \(first.info.channels) channels of \(first.info.sampleType.rawValue) as \(first.image), "
                        + "found \(info.channels) of \(info.sampleType.rawValue)")
            }
            first = first ?? (info, pair.image)
            pixelCount += info.width * info.height
        }
        guard let first else { throw CoordinatorError(.usage, "expected at least one pair IMAGE LABELS, found none") }
        self.pairs = pairs
        self.pixelCount = pixelCount
        channels = first.info.channels
        sampleType = first.info.sampleType
    }
}
