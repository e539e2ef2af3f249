internal import Foundation
package import Imaging

/// One format whose images are folders: how it is told, and how it is opened.
///
/// A new format is one file with a `FolderFormat` and one entry in `all`.
package struct FolderFormat: Sendable {
    /// The name in messages: `OME-Zarr`.
    package let name: String
    /// Endings of the names of its folders, as of an `ImageFormat`.
    package let endings: [String]
    /// The files of metadata: a folder that holds one of them is of this format.
    package let documentNames: Set<String>
    /// Opens the image in a folder of this format.
    package let open: @Sendable (_ path: String, ImageSelection, ImageLimits, ReadCancellation) throws(ImageError) -> ImageSource
    /// Opens the label map in a folder of this format; nil where the format cannot hold exact labels.
    package let openLabels: (@Sendable (_ path: String, ImageSelection, ImageLimits) throws(ImageError) -> any LabelRowReader)?
    /// What a folder of this format holds.
    package let contents: @Sendable (_ path: String, ImageLimits) throws(ImageError) -> ImageContents

    /// Every folder format that is read.
    package static let all: [FolderFormat] = [.omeZarr]

    /// Whether `path` is a folder, or a link to one.
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return !path.utf8.contains(0) && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The format of the folder `path`.
    ///
    /// - Throws: `ImageError.unknownFormat` for a folder of no format that is read.
    package static func of(_ path: String) throws(ImageError) -> FolderFormat {
        for format in all {
            for name in format.documentNames {
                var status = stat()
                if lstat("\(path)/\(name)", &status) == 0 { return format }
            }
        }
        let formats = all.map(\.name).joined(separator: " or ")
        throw .unknownFormat(
            path: path, expected: "an image file or a folder of \(formats)", found: "a folder without its metadata")
    }
}
