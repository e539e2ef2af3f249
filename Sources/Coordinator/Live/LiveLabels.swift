package import Annotations
package import Imaging
package import Forest

/// What a live session learns from at one moment: the shapes of a project, and how it is to learn.
package struct LiveLabels: Sendable {
    /// The operation after which it is so; of two, the larger is the newer.
    package var sequence: Int
    /// Planes with shapes, in the order in which they are learned from.
    package var planes: [LivePlane]
    /// Names of classes, by label.
    package var names: [Int: String]
    /// Colours of classes, by label.
    package var colours: [Int: RGBColour]
    package var features: FeatureRequest
    package var forest: ForestParameters

    package init(
        sequence: Int, planes: [LivePlane], names: [Int: String], colours: [Int: RGBColour], features: FeatureRequest,
        forest: ForestParameters
    ) {
        (self.sequence, self.planes, self.names, self.colours) = (sequence, planes, names, colours)
        (self.features, self.forest) = (features, forest)
    }
}

/// A plane of an image, and the shapes on it.
package struct LivePlane: Sendable {
    package var image: LiveImage
    /// In the order in which they lie on each other, the lowest first.
    package var shapes: [LiveShape]

    package init(image: LiveImage, shapes: [LiveShape]) { (self.image, self.shapes) = (image, shapes) }
}

/// A plane of an image of a project.
package struct LiveImage: Hashable, Sendable {
    /// What names the plane; another one after its pixels have changed.
    package var key: String
    /// The file, and the plane in it, in full resolution.
    package var input: ImageInput
    /// The same pixels where windows of them are read: the file itself, or a copy of it in tiles.
    package var pixels: ImageInput

    package init(key: String, input: ImageInput, pixels: ImageInput) {
        (self.key, self.input, self.pixels) = (key, input, pixels)
    }
}

/// A shape, and what names it as long as it is as it is.
package struct LiveShape: Sendable {
    package var id: String
    package var annotation: Annotation

    package init(id: String, annotation: Annotation) { (self.id, self.annotation) = (id, annotation) }
}

/// Gives the pixels of resolutions that files do not have themselves.
package protocol LivePixels: Sendable {
    /// Columns and rows of an image in a resolution; 0 is the full one.
    func size(of image: LiveImage, level: Int) throws -> (width: Int, height: Int)

    /// A window of an image in a resolution above 0. Called on a thread where reading is allowed.
    ///
    /// - Throws: `ImageError`.
    func window(_ rect: PixelRect, of image: LiveImage, level: Int) throws -> PixelBuffer
}
