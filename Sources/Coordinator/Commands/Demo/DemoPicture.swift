internal import Imaging

/// The demo at a glance: its image, the image with the strokes on it, and the result over it, side by side.
///
/// Panels are halved until they are at most 256 pixels wide and high, so that three of them fit into a page as they are.
struct DemoPicture: Sendable {
    private let image: PixelBuffer
    private let strokes: PixelBuffer

    /// Columns and rows of a panel, at most.
    private static let panelSideMax = 256
    /// White columns between two panels.
    private static let gapPixels = 8

    /// - Parameters:
    ///   - image: 8-bit RGB.
    ///   - scribbles: strokes on the image; 0 = unlabelled.
    /// - Precondition: both have one size.
    init(image: PixelBuffer, scribbles: LabelMap) {
        self.image = Self.reduced(image)
        strokes = Self.reduced(Self.painted(image, with: scribbles))
    }

    /// The three panels as one picture, 8-bit RGB.
    ///
    /// - Parameter overlay: the image with the result laid over it.
    /// - Throws: for an overlay of another height than the image, or that is not 8-bit RGB.
    func joined(with overlay: PixelBuffer) throws(PanelRowError) -> PixelBuffer {
        try PanelRow([image, strokes, Self.reduced(overlay)], gapPixels: Self.gapPixels).joined()
    }

    /// The image with its strokes in the class colours, which hide what is below them.
    private static func painted(_ image: PixelBuffer, with scribbles: LabelMap) -> PixelBuffer {
        precondition(image.channels == 3 && image.sampleType == .uint8, "\(image.channels) channels of \(image.sampleType)")
        precondition(
            image.width == scribbles.width && image.height == scribbles.height,
            "\(image.width)×\(image.height) pixels, \(scribbles.width)×\(scribbles.height) labels")
        var bytes = image.bytes
        for (pixel, label) in scribbles.labels.enumerated() where label > 0 {
            let colour = RGBColour.classColour(Int(label) - 1)
            bytes[3 * pixel] = colour.red
            bytes[3 * pixel + 1] = colour.green
            bytes[3 * pixel + 2] = colour.blue
        }
        return PixelBuffer(width: image.width, height: image.height, channels: 3, sampleType: .uint8, bytes: bytes)
    }

    private static func reduced(_ panel: PixelBuffer) -> PixelBuffer {
        var panel = panel
        while max(panel.width, panel.height) > panelSideMax { panel = panel.halved() }
        return panel
    }
}
