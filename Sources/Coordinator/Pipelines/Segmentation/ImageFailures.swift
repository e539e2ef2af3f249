internal import Imaging

/// The images of a batch that could not be segmented, while the others go on.
package struct ImageFailures {
    /// Images of the batch.
    let imageCount: Int
    private var failures: [CoordinatorError] = []

    /// Images that failed.
    var count: Int { failures.count }

    init(imageCount: Int) { self.imageCount = imageCount }

    /// Takes note of an error that concerns one image alone, and returns what is said of it.
    ///
    /// - Throws: `error`, if it concerns the others as well, or if there are none.
    mutating func take(_ error: any Error, of image: ImageInput) throws -> String {
        let failure = CoordinatorError(classifying: error)
        let isOwn = error is ImageError || [.badInput, .incomplete].contains(failure.kind)
        guard isOwn, imageCount > 1 else { throw error }
        // Errors of files name them by their paths, those of pages and of jobs name the image as it is.
        let text: String
        if let rest = Self.rest(of: failure.description, after: image.description) {
            text = "\(image)\(rest)"
        } else if let rest = Self.rest(of: failure.description, after: image.path) {
            text = "\(image)\(rest)"
        } else {
            text = "\(image): \(failure.description)"
        }
        failures.append(CoordinatorError(failure.kind, text))
        return text
    }

    /// What follows a name at the start of a text; nil if it does not start with it.
    private static func rest(of text: String, after name: String) -> Substring? {
        let rest = text.dropFirst(name.count)
        return text.hasPrefix(name) && (rest.first == ":" || rest.first == " ") ? rest : nil
    }

    /// - Throws: the first failure when all images failed; `incomplete` when some did.
    package func conclude() throws(CoordinatorError) {
        guard let first = failures.first else { return }
        guard failures.count < imageCount else {
            throw failures.count == 1
                ? first : CoordinatorError(first.kind, "all \(imageCount) images failed: \(first.description)")
        }
        throw CoordinatorError(.incomplete, "\(failures.count) of \(imageCount) images failed: \(first.description)\(rest)")
    }

    private var rest: String { failures.count == 1 ? "" : "; and \(failures.count - 1) more, named above" }
}
