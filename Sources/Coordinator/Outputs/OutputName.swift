internal import Formats
internal import Foundation

/// How the names of output files follow from the names of the inputs.
///
/// A template holds `{name}`, which stands for the input's file name without its extension, or `{stem}`, which stands for it without all
/// that follows its first dot; `{folder}` stands for the name of the folder that the input lies in, `{page}` for the number of the plane. A
/// folder (an existing one, or a name ending in a slash) takes files named like the input with a suffix, and the number of the plane before
/// it if all planes are worked on; inputs of folders below a folder go to folders of the same names.
package struct OutputName: Hashable, Sendable {
    package let template: String
    /// Ending of the files in a folder, such as `-labels.png`.
    package let folderSuffix: String

    package init(template: String, folderSuffix: String) {
        self.template = template
        self.folderSuffix = folderSuffix
    }

    /// The output for one input.
    ///
    /// - Parameter subfolder: where the input lies below the folder that stands for it; empty if it lies in it.
    package func path(forInput input: ImageInput, below subfolder: String = "") -> String {
        // An image that is a folder may be named with a slash at its end.
        let given = RemoteImage.isURL(input.path) ? String(input.path.prefix { $0 != "?" }) : input.path
        let path = String(given.reversed().drop { $0 == "/" }.reversed())
        let name = FilePath(path).stem
        if template.contains("{name}") || template.contains("{stem}") || !isFolder {
            return filled([
                "{name}": name, "{stem}": name.dropFirst().firstIndex(of: ".").map { String(name[..<$0]) } ?? name,
                "{folder}": template.contains("{folder}") ? Self.folderName(of: path) : "", "{page}": input.pageText,
            ])
        }
        let folder = filled([
            "{page}": input.pageText, "{folder}": template.contains("{folder}") ? Self.folderName(of: path) : "",
        ])
        let page = input.pageDigits == nil ? "" : "-\(input.pageText)"
        return FilePath.join(FilePath.join(folder, subfolder), name + page + folderSuffix)
    }

    /// The outputs of all inputs.
    ///
    /// - Parameter subfolders: of the inputs, as of `path(forInput:below:)`; nil if there are none.
    /// - Throws: a usage error when two inputs would be written to one file.
    package func paths(
        forInputs inputs: [ImageInput], below subfolders: [String]? = nil, option: String
    ) throws(CoordinatorError) -> [String] {
        let paths = inputs.indices.map { path(forInput: inputs[$0], below: subfolders?[$0] ?? "") }
        var owners: [[UInt8]: ImageInput] = [:]
        for (input, path) in zip(inputs, paths) {
            if let other = owners.updateValue(input, forKey: Array(path.utf8)) {
                let parts =
                    ["{name}"] + (Self.differByFolder(input, other) ? ["{folder}"] : [])
                    + (inputs.contains { $0.pageDigits != nil } ? ["{page}"] : [])
                let tree = Self.differByFolder(input, other) && isFolder ? ", or --recursive on the folder above," : ""
                throw CoordinatorError(
                    .usage,
                    "\(option): expected a folder or a template with \(parts.joined(separator: " and "))\(tree) that gives every input a file of "
                        + "its own, found \(path) for both \(other) and \(input)")
            }
        }
        return paths
    }

    /// The template with texts in the places of what stands for them; what comes with a text is not looked at again.
    private func filled(_ texts: [String: String]) -> String {
        var result = ""
        var rest = template[...]
        while let start = rest.firstIndex(of: "{") {
            result += rest[..<start]
            rest = rest[start...]
            if let (part, text) = texts.first(where: { rest.hasPrefix($0.key) }) {
                result += text
                rest = rest.dropFirst(part.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result + rest
    }

    /// Whether two inputs have one name in two folders.
    private static func differByFolder(_ one: ImageInput, _ other: ImageInput) -> Bool {
        let (first, second) = (FilePath(one.path), FilePath(other.path))
        return first.name == second.name && first.folder != second.folder
    }

    /// The name of the folder that an image lies in; of a bare name, of the current folder.
    private static func folderName(of path: String) -> String {
        let folder = FilePath(path).folder
        let name = FilePath(folder).name
        guard ["", ".", ".."].contains(name), !RemoteImage.isURL(path) else { return name }
        return FileSystem.resolved(folder.isEmpty ? "." : folder).map { FilePath($0).name } ?? name
    }

    /// An OME-Zarr image is a folder too, but not one for files.
    private var isFolder: Bool {
        template.hasSuffix("/")
            || !ImageFormat.omeZarr.endings.contains(FilePath(template).ending) && FileSystem.isFolder(template)
    }
}
