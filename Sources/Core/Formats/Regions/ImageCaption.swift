package import Imaging

/// What is written into an image file besides the pixels, as far as its format holds it. An empty one changes no byte.
package struct ImageCaption: Hashable, Sendable {
    /// Where the pixels lie.
    package var metadata: ImageMetadata
    /// What the values are, such as the name of a class.
    package var name: String
    /// Whether a TIFF describes itself as OME-TIFF. One of several planes does in any case.
    package var isOME: Bool
    /// The planes that are written; nil for a single one. Metadata are those of the first.
    package var stack: StackShape?

    package init(metadata: ImageMetadata = .none, name: String = "", isOME: Bool = false, stack: StackShape? = nil) {
        (self.metadata, self.name, self.isOME, self.stack) = (metadata, name, isOME, stack)
    }

    /// Whether a file of this name is meant to be an OME-TIFF.
    package static func isOME(path: String) -> Bool {
        let name = path.lowercased()
        return name.hasSuffix(".ome.tif") || name.hasSuffix(".ome.tiff")
    }
}
