/// Which of the images in a file is meant.
package struct ImageSelection: Codable, Hashable, Sendable {
    /// Position among the planes of a stack, from 0 on: planes in depth come first, then time points.
    package var page: Int
    /// Position in a pyramid of resolutions: 0 is the full one.
    package var level: Int

    package init(page: Int = 0, level: Int = 0) { (self.page, self.level) = (page, level) }

    /// The first plane, in full resolution.
    package static let first = ImageSelection()

    /// Higher numbers are not taken seriously.
    package static let numberMax = 1 << 24

    /// Throws unless there is such an image.
    ///
    /// - Throws: `ImageError.unsupported` that says which there are.
    package func check(pages: Int, levels: Int, path: String) throws(ImageError) {
        guard (0..<pages).contains(page) else {
            let expected = pages == 1 ? "page 0, the only one" : "a page from 0 to \(pages - 1)"
            throw .unsupported(path: path, reason: "expected \(expected), found page \(page)")
        }
        guard (0..<levels).contains(level) else {
            let expected = levels == 1 ? "level 0, the only one" : "a level from 0 to \(levels - 1)"
            throw .unsupported(path: path, reason: "expected \(expected), found level \(level)")
        }
    }
}
