/// One class of a model: the label value that stands for it in label maps, its name and its colour.
public struct SegmentationClass: Codable, Hashable, Sendable {
    /// The value in the training label maps and in the output; 1…65535 for images, 0 and above for tables.
    public var label: Int
    public var name: String
    /// `#RRGGBB`.
    public var colour: RGBColour

    public init(label: Int, name: String, colour: RGBColour) {
        self.label = label
        self.name = name
        self.colour = colour
    }
}
