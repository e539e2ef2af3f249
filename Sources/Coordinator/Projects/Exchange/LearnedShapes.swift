internal import Annotations
package import Coordinator
internal import Primitives
internal import Synchronization

/// The shapes of a project as they are learned from, by planes: kept from one operation to the next.
///
/// Shapes that come, go, or are set aside are put in, taken out or replaced one by one; operations that concern all of an image have that image
/// read again, and those that concern a class all images. What is kept is always what `ProjectState.document` gives for training.
///
/// Safe to use from any thread.
package final class LearnedShapes: Sendable {
    /// A plane, and its shapes, the lowest first.
    package struct Plane: Sendable {
        package let plane: LabelledPlane
        package let shapes: [LiveShape]
    }

    fileprivate struct KeptPlane {
        /// In the drawing order, ascending.
        var places: [Int] = []
        /// `[place]`.
        var shapes: [LiveShape] = []
        /// Those that are no erasers.
        var usedCount = 0
    }

    private struct Kept {
        /// The operation up to which all was followed.
        var sequence = 0
        /// By ids. An image that is not among them is read when it is asked for.
        var images: [String: [ShapePlane: KeptPlane]] = [:]
    }

    private let kept = Lock(Kept())

    /// After more operations everything is read again.
    private static let followedMax = 10_000

    package init() {}

    /// The planes that have shapes to learn from, as `ProjectState.labelledPlanes` gives them.
    ///
    /// - Complexity: O(k log n) for `k` operations since the last call, and a copy of the references to the shapes of their planes.
    package func planes(of state: ProjectState) -> [Plane] {
        kept.withLock { kept in
            // Who asks for a state of before gets it, and the newer one stays.
            if state.sequence < kept.sequence {
                var former = Kept()
                return Self.planes(of: state, &former)
            }
            Self.follow(state, &kept)
            return Self.planes(of: state, &kept)
        }
    }

    private static func planes(of state: ProjectState, _ kept: inout Kept) -> [Plane] {
        state.allImages.flatMap { image in
            let own = kept.images[image.id] ?? read(image, state)
            kept.images[image.id] = own
            return own.filter { $0.value.usedCount > 0 }
                .map { Plane(plane: LabelledPlane($0.key, of: image), shapes: $0.value.shapes) }
                .sorted { ($0.plane.page ?? 0) < ($1.plane.page ?? 0) }
        }
    }

    private static func read(_ image: ProjectImage, _ state: ProjectState) -> [ShapePlane: KeptPlane] {
        var planes: [ShapePlane: KeptPlane] = [:]
        for shape in state.shapes(of: image.id) {
            guard let home = state.home(ofShape: shape.id) else { continue }
            planes[home.plane, default: KeptPlane()].set(shape, at: home.place, ofStack: image.isStack)
        }
        return planes
    }

    // MARK: Following operations

    /// What operations may have changed.
    private struct Changes {
        /// Shapes, in the order of the operations.
        var shapes: [String] = []
        var images: Set<String> = []
        var isEverything = false
    }

    private static func follow(_ state: ProjectState, _ kept: inout Kept) {
        defer { kept.sequence = state.sequence }
        guard state.sequence > kept.sequence else { return }
        var changes = Changes()
        if state.sequence - kept.sequence > followedMax {
            changes.isEverything = true
        } else {
            for operation in state.operations(after: kept.sequence) { note(operation, state, &changes) }
        }
        if changes.isEverything {
            kept.images = [:]
            return
        }
        for image in changes.images { kept.images[image] = nil }
        for id in changes.shapes {
            guard let home = state.home(ofShape: id), let image = state.image(home.image), kept.images[home.image] != nil else {
                continue
            }
            kept.images[home.image]?[home.plane, default: KeptPlane()]
                .set(state.shape(id), at: home.place, ofStack: image.isStack)
        }
    }

    private static func note(_ operation: ProjectOperation, _ state: ProjectState, _ changes: inout Changes) {
        switch operation.action {
        case .addShape(_, _, let shape): changes.shapes.append(shape.id ?? operation.id)
        case .replaceShapes(_, _, let removed, let added): changes.shapes += removed + added.compactMap(\.id)
        case .eraseShape(let ids): changes.shapes += ids
        case .setAside(let ids, let image, _):
            changes.shapes += ids
            if let image { changes.images.insert(image) }
        case .addImage(let image): changes.images.insert(image.id)
        case .removeImage(let id): changes.images.insert(id)
        case .addClass, .deleteClass: changes.isEverything = true
        case .undo(let id), .redo(let id): if let named = state.operation(id) { note(named, state, &changes) }
        case .relinkImage, .changeClass, .orderClasses, .setSettings, .renamePerson: break
        }
    }
}

extension LearnedShapes.KeptPlane {
    /// Puts a shape in its place, in that of what was there; nil for one that is not there any more.
    fileprivate mutating func set(_ shape: ProjectShape?, at place: Int, ofStack isStack: Bool) {
        var (low, high) = (0, places.count)
        // Most are the last one.
        if let last = places.last, last < place { low = high }
        while low < high {
            let middle = (low + high) / 2
            if places[middle] < place { low = middle + 1 } else { high = middle }
        }
        if low < places.count, places[low] == place {
            if !shapes[low].annotation.isEraser { usedCount -= 1 }
            places.remove(at: low)
            shapes.remove(at: low)
        }
        guard let shape else { return }
        let annotation = shape.annotation(for: .training, ofStack: isStack)
        // A shape that is set aside is another one: its pixels are drawn again.
        let isOther = annotation.isEraser && shape.classNumber > 0
        places.insert(place, at: low)
        shapes.insert(LiveShape(id: isOther ? shape.id + " set aside" : shape.id, annotation: annotation), at: low)
        if !annotation.isEraser { usedCount += 1 }
    }
}
