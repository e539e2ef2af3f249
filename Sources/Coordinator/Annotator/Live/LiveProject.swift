internal import AnnotationFormats
internal import Annotations
internal import Coordinator
internal import Foundation
internal import ImageTiles
internal import Imaging
internal import Projects

/// The project as live training sees it: planes with shapes, and the same as files.
///
/// Safe to use from any task.
struct LiveProject: Sendable {
    let store: ProjectStore
    let images: ServedImages
    /// For annotations as files: a folder for each of the last orders.
    let scratchFolder: String
    private let shapes = LearnedShapes()

    init(store: ProjectStore, images: ServedImages, scratchFolder: String) {
        (self.store, self.images, self.scratchFolder) = (store, images, scratchFolder)
    }

    /// Orders whose files stay: no more are under way at a time.
    private static let ordersMax = 4

    /// What is to be learned from now.
    func labels() async throws -> LiveLabels {
        let state = store.state
        return try await labels(of: state, shapes.planes(of: state))
    }

    /// What was to be learned from after an operation; images that are gone since are left out.
    func labels(at sequence: Int) async throws -> LiveLabels {
        let now = store.state
        let (state, planes) = try await offloaded {
            let state = now.state(at: sequence)
            return (state, LearnedShapes().planes(of: state))
        }
        return try await labels(of: state, planes.filter { now.image($0.plane.image.id) != nil })
    }

    private func labels(of state: ProjectState, _ labelled: [LearnedShapes.Plane]) async throws -> LiveLabels {
        var planes: [LivePlane] = []
        for one in labelled {
            let place = one.plane.plane
            let image = try await plane(of: one.plane.image.id, z: place.z, t: place.time)
            planes.append(LivePlane(image: image, shapes: one.shapes))
        }
        let classes = state.annotationClasses
        let names = classes.compactMap { one in one.name.map { (one.number, $0) } }
        let colours = classes.compactMap { one in one.colour.map { (one.number, $0) } }
        return LiveLabels(
            sequence: state.labelSequence, planes: planes, names: Dictionary(names) { $1 }, colours: Dictionary(colours) { $1 },
            features: state.settings.features, forest: state.settings.forest)
    }

    /// What is set aside: what a forest is compared with, and never learns from.
    func validation() async throws -> [LivePlane] {
        let state = store.state
        var planes: [LivePlane] = []
        for labelled in state.labelledPlanes(for: .validation) {
            let image = try await plane(of: labelled.image.id, z: labelled.plane.z, t: labelled.plane.time)
            let document = state.document(of: labelled.image.id, on: labelled.plane, for: .validation)
            let shapes = document.annotations.map { LiveShape(id: $0.id ?? "", annotation: $0) }
            planes.append(LivePlane(image: image, shapes: shapes))
        }
        return planes
    }

    /// What is learned from as `coppice train` gets it: a file of annotations for each plane.
    func request(_ labels: LiveLabels) async throws -> TrainingRequest {
        let scratchFolder = scratchFolder
        let pairs = try await offloaded {
            let earlier = ((try? FileManager.default.contentsOfDirectory(atPath: scratchFolder)) ?? []).sorted()
            for name in earlier.dropLast(Self.ordersMax - 1) {
                try? FileManager.default.removeItem(atPath: FilePath.join(scratchFolder, name))
            }
            // Names ascend with time.
            let name = String(format: "%.6f-", Date().timeIntervalSince1970) + UUID().uuidString
            let folder = FilePath.join(scratchFolder, name)
            return try labels.planes.enumerated().map { number, plane in
                var document = AnnotationDocument()
                document.classes = labels.names.keys.sorted().map {
                    AnnotationClass(number: $0, name: labels.names[$0], colour: labels.colours[$0])
                }
                document.annotations = plane.shapes.map(\.annotation)
                let path = FilePath.join(folder, "\(number).annotations.json")
                let bytes = try AnnotationFile.write(document, as: CoppiceAnnotations.self, AnnotationWriting(), path: path)
                try PendingFile.write(Data(bytes), to: path)
                return TrainingPair(image: plane.image.input, labels: ImageInput(path: path))
            }
        }
        return TrainingRequest(.images(pairs, labels.features), forest: labels.forest)
    }

    /// A plane of an image, named by its content.
    func plane(of id: String, z: Int, t: Int) async throws -> LiveImage {
        let image = try images.entry(id)
        let tiled = try await images.tiled(id)
        let isStack = tiled.pages > 1
        let path = images.path(of: image)
        let selection = ImageSelection(page: z + t * tiled.depth)
        let input = ImageInput(path: path, selection: isStack ? selection : .first, choosesPage: isStack)
        let pixels = images.service.workingCopy(of: tiled, z: z, t: t).map { ImageInput(path: $0) } ?? input
        return LiveImage(key: LivePlaneKey(image: id, z: z, t: t, content: tiled.contentKey).text, input: input, pixels: pixels)
    }
}

/// What names a plane of a live session.
struct LivePlaneKey {
    let image: String
    let z: Int
    let t: Int
    let content: String

    var text: String { "\(image) \(z) \(t) \(content)" }
}

extension LivePlaneKey {
    /// Nil for a key that is none of ours.
    init?(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 3).map(String.init)
        guard parts.count == 4, let z = Int(parts[1]), let t = Int(parts[2]) else { return nil }
        self.init(image: parts[0], z: z, t: t, content: parts[3])
    }
}
