package import Imaging

/// One class of a model: the label value that stands for it in label maps, its name and its colour.
package struct SegmentationClass: Codable, Hashable, Sendable {
    /// The value in the training label maps and in the output; 1…65535 for images, 0 and above for tables.
    package var label: Int
    package var name: String
    /// `#RRGGBB`.
    package var colour: RGBColour

    package init(label: Int, name: String, colour: RGBColour) {
        self.label = label
        self.name = name
        self.colour = colour
    }
}
