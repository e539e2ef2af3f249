internal import Annotations
internal import Imaging
internal import Primitives
internal import Projects
internal import Synchronization

/// The labels of planes, as they are trained: kept for the planes that were asked for last, made anew when a label has changed.
///
/// Safe to use from any thread.
final class LabelMasks: Sendable {
    private struct Key: Hashable {
        let image: String
        let z: Int
        let t: Int
    }

    private struct Kept {
        let sequence: Int
        let labels: AnnotationLabels
        var use: Int
    }

    private struct State {
        var kept: [Key: Kept] = [:]
        var useCount = 0
    }

    /// Planes that are kept: shapes are small, and a page shows one plane.
    private static let keptMax = 8

    private let store: ProjectStore
    private let state = Lock(State())

    init(_ store: ProjectStore) { self.store = store }

    /// The labels of a window of a plane: class numbers, 0 where there is none.
    ///
    /// - Parameter rect: inside the image.
    /// - Throws: an error that names a shape with numbers beyond the limits.
    func labels(in rect: PixelRect, of image: String, z: Int, t: Int, width: Int, height: Int) throws -> LabelMap {
        let key = Key(image: image, z: z, t: t)
        let now = store.state
        let sequence = now.labelSequence
        let known: AnnotationLabels? = state.withLock { state in
            guard let kept = state.kept[key], kept.sequence == sequence else { return nil }
            state.useCount += 1
            state.kept[key]?.use = state.useCount
            return kept.labels
        }
        if let known { return known.labels(in: rect) }
        let plane = AnnotationPlane(z: z, time: t)
        let document = now.document(of: image, on: ShapePlane(z: z, time: t))
        let labels = try AnnotationLabels(document, width: width, height: height, plane: plane)
        state.withLock { state in
            state.useCount += 1
            state.kept[key] = Kept(sequence: sequence, labels: labels, use: state.useCount)
            if state.kept.count > Self.keptMax, let oldest = state.kept.min(by: { $0.value.use < $1.value.use })?.key {
                state.kept[oldest] = nil
            }
        }
        return labels.labels(in: rect)
    }
}
