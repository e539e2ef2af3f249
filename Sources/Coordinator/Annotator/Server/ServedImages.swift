internal import Coordinator
internal import Formats
internal import Foundation
internal import ImageTiles
internal import Imaging
internal import Primitives
internal import Projects
internal import Synchronization

/// The project's images as they are looked at: their tiles, and how far these are made.
///
/// Safe to use from any task.
final class ServedImages: Sendable {
    let service: TileService
    private let store: ProjectStore
    private let found = Lock<[String: String]>([:])

    init(_ store: ProjectStore, _ service: TileService) { (self.store, self.service) = (store, service) }

    /// What is wrong with images, by their ids.
    var problems: [String: String] { found.withLock { $0 } }

    /// An image of the project.
    ///
    /// - Throws: `Refusal` for an id that is none's.
    func entry(_ id: String) throws(Refusal) -> ProjectImage {
        guard let image = store.state.image(id) else { throw .unknown("image", id) }
        return image
    }

    /// Where an image lies, absolute.
    func path(of image: ProjectImage) -> String {
        image.path.hasPrefix("/") || RemoteImage.isURL(image.path) ? image.path : FilePath.join(store.folder, image.path)
    }

    /// An image as it is found in a file.
    ///
    /// - Throws: `ImageError` for a file that is none.
    func look(at path: String, as id: String, named name: String) async throws -> ProjectImage {
        let folder = store.folder
        return try await offloaded {
            let contents = try ImageFile.contents(path: path)
            // What lies in the project moves with it.
            let kept = path.hasPrefix(folder + "/") ? String(path.dropFirst(folder.utf8.count + 1)) : path
            var image = ProjectImage(
                id: id, path: kept, name: name.isEmpty ? FilePath(path).name : name, identity: try ImageIdentity.identify(path))
            (image.width, image.height) = (contents.levels[0].width, contents.levels[0].height)
            (image.channels, image.depth, image.times) = (contents.channels, contents.depth, contents.times)
            image.sampleType = try ImageFile.source(path: path).info.sampleType
            return image
        }
    }
}
