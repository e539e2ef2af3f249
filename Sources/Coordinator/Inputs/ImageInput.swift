internal import Formats
package import Imaging

/// An image that a command works on: one plane of a file, in one resolution.
package struct ImageInput: Codable, Hashable, Sendable {
    package let path: String
    package var selection = ImageSelection.first
    /// Whether the page was asked for; otherwise it is said which one of several is used.
    package var choosesPage = false
    /// Digits of the largest number that a page of the file can have; nil unless all its pages are worked on.
    var pageDigits: Int?

    package init(
        path: String, selection: ImageSelection = .first, choosesPage: Bool = false, pageDigits: Int? = nil
    ) {
        (self.path, self.selection, self.choosesPage, self.pageDigits) = (path, selection, choosesPage, pageDigits)
    }

    /// Opens it.
    ///
    /// - Throws: `ImageError`, as `ImageFile.source`.
    package var source: ImageSource {
        get throws(ImageError) { try ImageFile.source(path: path, selection) }
    }

    /// Where its pixels lie.
    var metadata: ImageMetadata { ImageFile.metadata(path: path, selection) }

    /// The number of its page, with zeros in front so that names are in the order of pages.
    var pageText: String {
        let text = String(selection.page)
        return String(repeating: "0", count: max(0, (pageDigits ?? 0) - text.count)) + text
    }
}

extension ImageInput: CustomStringConvertible {
    /// Such as `stack.tif page 3`.
    package var description: String {
        let page = selection.page > 0 || pageDigits != nil ? " page \(selection.page)" : ""
        return path + page + (selection.level > 0 ? " level \(selection.level)" : "")
    }
}
