internal import Formats
internal import Imaging
internal import Jobs
internal import Protocol

/// Writes the label map: an 8-bit palette PNG whose indices are the labels, or 16-bit grey when a label is above 255.
final class LabelWriter: TileWriter {
    private let image: MapFile
    private let labels: [UInt16]
    private let isWide: Bool

    init(path: String, width: Int, height: Int, classes: [SegmentationClass]) throws {
        labels = classes.map { UInt16($0.label) }
        let largest = Int(labels.max() ?? 0)
        isWide = largest > 255
        image = try MapFile(
            path: path, width: width, height: height,
            kind: isWide ? .grey16 : .palette8(Self.palette(of: classes, largest: largest)), overviews: .topLeft)
    }

    var paths: [String] { [image.path] }

    func write(_ tile: borrowing SegmentedTile) throws {
        try image.write(tile.tile.core, ClassLabels.bytes(of: tile.classes, labels: labels, byteCount: isWide ? 2 : 1))
    }

    func seal() throws { try image.seal() }

    func publish() throws { try image.publish() }

    /// Class colours at their labels, black at 0, greys at labels without a class.
    private static func palette(of classes: [SegmentationClass], largest: Int) -> [RGBColour] {
        var palette = (0...largest).map { RGBColour(red: UInt8($0), green: UInt8($0), blue: UInt8($0)) }
        for one in classes { palette[one.label] = one.colour }
        return palette
    }
}
