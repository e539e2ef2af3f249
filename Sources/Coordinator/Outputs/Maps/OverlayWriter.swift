internal import Imaging
internal import Protocol

/// Writes the image with the class colours laid over it, half transparent: `round(pixel·(1 − 128/255) + colour·128/255)`.
///
/// Of 8-bit pixels the value is shown, of wider unsigned ones the highest byte; of signed ones and floats what is 0 to full intensity
/// (1 for floats), as 0…255.
final class OverlayWriter: TileWriter {
    private let image: MapFile
    private let colours: [RGBColour]

    init(path: String, width: Int, height: Int, classes: [SegmentationClass]) throws {
        colours = classes.map(\.colour)
        image = try MapFile(path: path, width: width, height: height, kind: .rgb8)
    }

    var paths: [String] { [image.path] }

    func write(_ tile: borrowing SegmentedTile) throws {
        guard let pixels = tile.pixels else { preconditionFailure("no pixels with the tile") }
        let core = tile.tile.core
        var mixed = [UInt8](repeating: 0, count: core.area * 3)
        for pixel in 0..<core.area {
            let colour = colours[Int(tile.classes[pixel])]
            mixed[pixel * 3] = Self.blend(Self.value(pixels, pixel, 0), colour.red)
            mixed[pixel * 3 + 1] = Self.blend(Self.value(pixels, pixel, 1), colour.green)
            mixed[pixel * 3 + 2] = Self.blend(Self.value(pixels, pixel, 2), colour.blue)
        }
        try image.write(core, mixed)
    }

    func seal() throws { try image.seal() }

    func publish() throws { try image.publish() }

    /// Both 0…255; exact integers, half up.
    private static func blend(_ pixel: UInt8, _ colour: UInt8) -> UInt8 {
        let sum = Int(pixel) * 127 + Int(colour) * 128
        return UInt8((2 * sum + 255) / 510)
    }

    /// The 8-bit value that an image of one, three or more channels shows in red, green or blue (two channels: no blue).
    private static func value(_ image: PixelBuffer, _ pixel: Int, _ channel: Int) -> UInt8 {
        if image.channels == 2 && channel == 2 { return 0 }
        let position = pixel * image.channels + (image.channels == 1 ? 0 : channel)
        switch image.sampleType {
        case .uint8, .uint16, .uint32:
            let byteCount = image.sampleType.byteCount
            return image.bytes[position * byteCount + byteCount - 1]
        case .int8, .int16, .int32, .float32:
            let share = image.value(at: position) / image.sampleType.maximum
            return UInt8((min(max(share, 0), 1) * 255).rounded())
        }
    }
}
