internal import AnnotationFormats
internal import Annotations
internal import Coordinator
internal import Formats
internal import Foundation
internal import Imaging

/// A project as a folder that `coppice train` makes the same model of, byte for byte.
///
/// The folder has `annotations`, with a file for each image that has shapes to learn from; `manifest.csv`, which pairs images with them; and
/// `train.sh`, the command.
package struct ProjectExport: Hashable, Sendable {
    /// Images with shapes.
    package let imageCount: Int
    /// Shapes that are learned from.
    package let shapeCount: Int
    /// The options of `coppice train`, as the script has them: paths are relative to the folder.
    package let arguments: [String]
}

extension ProjectStore {
    /// Writes the project as it is now.
    ///
    /// - Parameter target: a folder that is empty or not there yet.
    /// - Throws: bad operation for another folder, and when there is nothing to learn from; input/output.
    package func writeExport(to target: String) throws(ProjectError) -> ProjectExport {
        let state = state
        let planes = state.labelledPlanes()
        guard !planes.isEmpty else {
            throw ProjectError(
                .badOperation, "\(target): expected labelled images to export, found none; paint two classes first")
        }
        let others = (try? FileManager.default.contentsOfDirectory(atPath: target)) ?? []
        guard others.isEmpty else {
            throw ProjectError(
                .badOperation, "\(target): expected an empty or new folder, found one with \(others.count) entries")
        }
        var names: [String: String] = [:]
        var shapeCount = 0
        do {
            for image in planes.map(\.image) where names[image.id] == nil {
                let name = Self.fileName(of: image, besides: Set(names.values))
                names[image.id] = name
                let document = state.document(of: image.id)
                shapeCount += document.annotations.count { !$0.isEraser }
                let writing = AnnotationWriting(width: image.width, height: image.height)
                let path = FilePath.join(target, name)
                let bytes = try AnnotationFile.write(document, as: CoppiceAnnotations.self, writing, path: path)
                try PendingFile.write(Data(bytes), to: path)
            }
            let lines = planes.map { one in
                let page = one.page.map(String.init) ?? ""
                return [absolute(location(of: one.image)), names[one.image.id] ?? "", page].map(\.quotedField).joined(
                    separator: ",")
            }
            let manifest = (["image,labels,page"] + lines).joined(separator: "\n") + "\n"
            try PendingFile.write(Data(manifest.utf8), to: FilePath.join(target, "manifest.csv"))
            let arguments = ["--manifest", "manifest.csv", "--output", "model.json"] + state.settings.arguments
            let script = """
                #!/bin/sh
                # Trains the model of the project, byte for byte. Options for workers may follow.
                cd "$(dirname "$0")" && exec coppice train \(arguments.joined(separator: " ")) "$@"

                """
            try PendingFile.write(Data(script.utf8), to: FilePath.join(target, "train.sh"))
            return ProjectExport(imageCount: names.count, shapeCount: shapeCount, arguments: arguments)
        } catch {
            throw ProjectError(.inputOutput, CoordinatorError(classifying: error).description)
        }
    }

    /// A name below `annotations` that says which image's they are.
    private static func fileName(of image: ProjectImage, besides others: Set<String>) -> String {
        let stem = FilePath(image.name.replacing("/", with: "_")).stem
        for number in 1... {
            let name = "annotations/\(stem)\(number == 1 ? "" : "-\(number)").annotations.json"
            if !others.contains(name) { return name }
        }
        preconditionFailure("no name for \(image.name)")
    }

    private func absolute(_ path: String) -> String {
        RemoteImage.isURL(path) || path.hasPrefix("/")
            ? path : FilePath.join(FileManager.default.currentDirectoryPath, path)
    }
}

extension String {
    /// A field of a list, in quotes.
    fileprivate var quotedField: String { isEmpty ? "" : "\"\(replacing("\"", with: "\"\""))\"" }
}
