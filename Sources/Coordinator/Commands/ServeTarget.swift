internal import Annotator
internal import Coordinator
internal import Formats
internal import Foundation

/// What `coppice serve` is given: a project's folder, or images, whose project lies beside them.
struct ServeTarget {
    /// The project's folder.
    let folder: String
    /// Images to add.
    let images: [String]
    /// Folders of the images.
    let folders: [String]

    /// The project's folder, where none is named.
    static let folderName = "coppice-project"

    /// 1. Nothing: `coppice-project` in the current folder.
    /// 2. One folder with a project in it, an empty one, or one that is not there: the project's.
    /// 3. Images, or folders of images: `coppice-project` beside the first image.
    ///
    /// - Throws: a usage error for a project and images at once; bad input for a folder without images, and for a name of nothing among images.
    init(_ inputs: [String]) throws {
        guard let first = inputs.first else {
            (folder, images, folders) = (Self.folderName, [], [])
            return
        }
        if inputs.count == 1, Self.mayBeProject(first) {
            (folder, images, folders) = (first, [], [])
            return
        }
        if let project = inputs.first(where: AnnotatorServer.isProject) {
            throw CoordinatorError(
                .usage, "expected one project, or images, found more: \(project) is a project; add images to it on its page")
        }
        let list = try ImageList(inputs, manifest: nil)
        images = list.images
        for image in images where !RemoteImage.isURL(image) && !FileManager.default.fileExists(atPath: image) {
            throw CoordinatorError(.badInput, "\(image): expected an image, found nothing")
        }
        let local = images.filter { !RemoteImage.isURL($0) }
        folder = local.first.map { FilePath($0).sibling(Self.folderName) } ?? Self.folderName
        folders = Set(local.map { FilePath($0).folder.isEmpty ? "." : FilePath($0).folder }).sorted()
    }

    /// Whether a name is a project's, or of a folder that can become one.
    private static func mayBeProject(_ path: String) -> Bool {
        if RemoteImage.isURL(path) { return false }
        guard FileManager.default.fileExists(atPath: path) else {
            // A name that looks like an image's is one that is not there.
            return !ImageFile.endings.joined().contains { path.lowercased().hasSuffix(".\($0)") }
        }
        guard ImageFile.isPlainFolder(path) else { return false }
        if AnnotatorServer.isProject(path) { return true }
        return (try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty ?? false
    }
}
