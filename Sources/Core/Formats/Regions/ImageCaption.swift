package import Imaging

/// What is written into an image file besides the pixels, as far as its format holds it. An empty one changes no byte.
package struct ImageCaption: Hashable, Sendable {
    /// Where the pixels lie.
    package var metadata: ImageMetadata
    /// What the values are, such as the name of a class.
    package var name: String
    /// Whether a TIFF describes itself as OME-TIFF.
    package var isOME: Bool

    package init(metadata: ImageMetadata = .none, name: String = "", isOME: Bool = false) {
        (self.metadata, self.name, self.isOME) = (metadata, name, isOME)
    }

    /// Whether a file of this name is meant to be an OME-TIFF.
    package static func isOME(path: String) -> Bool {
        let name = path.lowercased()
        return name.hasSuffix(".ome.tif") || name.hasSuffix(".ome.tiff")
    }
}
