internal import AnnotationFormats
internal import Formats
internal import Imaging

/// Label maps that are compared, row by row.
enum LabelFiles {
    /// Adds the pixels of one pair of label files to a comparison: of all planes, if both are stacks.
    ///
    /// - Throws: `ImageError`, or a bad-input error when the sizes or the numbers of planes differ.
    static func compare(predicted: String, truth: String, into comparison: inout LabelComparison) throws {
        let request = try EvaluationRequest([.init(predicted: predicted, truth: truth)]).planes()
        let labels = try LabelInputs(request.pairs.flatMap(\.uses), request.rules, for: .comparison)
        for pair in request.pairs { try compare(pair, labels, into: &comparison) }
    }

    /// Adds the pixels of one pair of planes.
    ///
    /// - Throws: `ImageError`, or a bad-input error when the sizes differ.
    static func compare(_ pair: EvaluationRequest.Pair, _ labels: LabelInputs, into comparison: inout LabelComparison) throws {
        // A predicted label that the truth ignores is as wrong as any other.
        let first = try labels.open(pair.predicted, ignoring: false)
        let second = try labels.open(pair.truth, of: pair.predicted)
        guard first.width == second.width, first.height == second.height else {
            throw CoordinatorError(
                .badInput,
                "\(pair.truth): expected \(first.width)×\(first.height) pixels as in \(pair.predicted), "
                    + "found \(second.width)×\(second.height)"
            )
        }
        var found = [UInt16](repeating: 0, count: first.width)
        var expected = found
        for _ in 0..<first.height {
            try Task.checkCancellation()
            try found.withUnsafeMutableBufferPointer { try first.read(1, into: $0) }
            try expected.withUnsafeMutableBufferPointer { try second.read(1, into: $0) }
            comparison.add(predicted: found, truth: expected)
        }
        comparison.endMap()
    }
}

extension EvaluationRequest.Pair {
    /// The labels of the pair. Annotations are of the picture that was predicted.
    var uses: [LabelInputs.Use] { [.init(labels: predicted, image: nil), .init(labels: truth, image: predicted)] }
}

extension EvaluationRequest {
    /// The same with a pair for each plane.
    ///
    /// - Parameter page: the plane of stacks that is compared; nil for all. A file of one plane has no other.
    /// - Throws: `ImageError` for files that cannot be read; bad input when two files have different numbers of planes.
    package func planes(page: Int? = nil) throws -> EvaluationRequest {
        var planes = self
        planes.pairs = []
        for pair in pairs {
            let predictedCount = try ImageFile.contents(path: pair.predicted.path).pages
            // Annotations say themselves of which planes they are.
            let isAnnotated = AnnotationFile.recognises(path: pair.truth.path)
            let counts = (
                predictedCount, isAnnotated ? predictedCount : try ImageFile.contents(path: pair.truth.path).pages
            )
            if let page {
                var pair = pair
                if counts.0 > 1 || counts.1 == 1 { pair.predicted.selection.page = page }
                if counts.1 > 1 || counts.0 == 1 { pair.truth.selection.page = page }
                planes.pairs.append(pair)
                continue
            }
            guard counts.0 == counts.1 else {
                let text = { (count: Int) in "\(count) plane\(count == 1 ? "" : "s")" }
                throw CoordinatorError(
                    .badInput,
                    "\(pair.truth.path): expected \(text(counts.0)) as in \(pair.predicted.path), found \(text(counts.1)); "
                        + "--page chooses one")
            }
            for page in 0..<counts.0 {
                var plane = pair
                plane.predicted.selection.page = page
                plane.truth.selection.page = page
                planes.pairs.append(plane)
            }
        }
        return planes
    }
}
