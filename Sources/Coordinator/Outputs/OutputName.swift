internal import Formats
internal import Foundation

/// How the names of output files follow from the names of the inputs.
///
/// A template holds `{name}`, which stands for the input's file name without its extension, or `{stem}`, which stands for it without all
/// that follows its first dot; `{page}` stands for the number of the plane. A folder (an existing one, or a name ending
/// in a slash) takes files named like the input with a suffix, and the number of the plane before it if all planes are worked on.
package struct OutputName: Hashable, Sendable {
    package let template: String
    /// Ending of the files in a folder, such as `-labels.png`.
    package let folderSuffix: String

    package init(template: String, folderSuffix: String) {
        self.template = template
        self.folderSuffix = folderSuffix
    }

    /// The output for one input.
    package func path(forInput input: ImageInput) -> String {
        let template = template.replacing("{page}", with: input.pageText)
        // An image that is a folder may be named with a slash at its end.
        let path = RemoteImage.isURL(input.path) ? String(input.path.prefix { $0 != "?" }) : input.path
        let name = FilePath(String(path.reversed().drop { $0 == "/" }.reversed())).stem
        if template.contains("{name}") || template.contains("{stem}") {
            let stem = name.dropFirst().firstIndex(of: ".").map { String(name[..<$0]) } ?? name
            return template.replacing("{name}", with: name).replacing("{stem}", with: stem)
        }
        if isFolder {
            let page = input.pageDigits == nil ? "" : "-\(input.pageText)"
            return (template.hasSuffix("/") ? template : template + "/") + name + page + folderSuffix
        }
        return template
    }

    /// The outputs of all inputs.
    ///
    /// - Throws: a usage error when two inputs would be written to one file.
    package func paths(forInputs inputs: [ImageInput], option: String) throws(CoordinatorError) -> [String] {
        let paths = inputs.map(path(forInput:))
        var owners: [String: ImageInput] = [:]
        for (input, path) in zip(inputs, paths) {
            if let other = owners.updateValue(input, forKey: path) {
                throw CoordinatorError(
                    .usage,
                    "\(option): expected a folder or a template with {name} \(inputs.contains { $0.pageDigits != nil } ? "and {page} " : "")that gives every input a file of its own, "
                        + "found \(path) for both \(other) and \(input)")
            }
        }
        return paths
    }

    /// An OME-Zarr image is a folder too, but not one for files.
    private var isFolder: Bool {
        template.hasSuffix("/")
            || !ImageFormat.omeZarr.endings.contains(FilePath(template).ending) && FileSystem.isFolder(template)
    }
}
