internal import Formats
internal import Imaging
internal import Jobs
internal import Protocol

/// Writes a map as images, one for each plane.
///
/// Labels are an 8-bit palette image whose indices are the labels, or 16-bit grey when a label is above 255. Shares are 16-bit grey:
/// 65535 stands for 1. A blend is RGB.
final class ImageMap: TileWriter {
    private let files: [MapFile]
    /// The pixels of a tile, plane by plane.
    private let pixels: (borrowing SegmentedTile) -> [UInt8]

    init(_ target: MapTarget) throws {
        let map = target.kind
        let kind: PixelKind
        switch map.content {
        case .classes:
            let labels = target.labels
            let largest = Int(labels.max() ?? 0)
            kind = largest > 255 ? .grey16 : .palette8(Self.palette(of: target.classes, largest: largest))
            let byteCount = kind.byteCount
            pixels = { ClassLabels.bytes(of: $0.values(map), labels: labels, byteCount: byteCount) }
        case .shares:
            kind = .grey16
            pixels = { $0.values(map) }
        case .blend:
            kind = .rgb8
            let overlay = Overlay(colours: target.classes.map(\.colour))
            pixels = { overlay.pixels(of: $0) }
        }
        let names = map.content.isPerClass ? target.classes.map(\.name) : [map.rawValue]
        files = try zip(map.files(target.path, classes: target.classes), names).map { path, name in
            try MapFile(
                path: path, width: target.width, height: target.height, kind: kind, overviews: map.content.overviews,
                metadata: target.metadata, name: name, stack: target.stack)
        }
    }

    var paths: [String] { files.map(\.path) }

    func write(_ tile: borrowing SegmentedTile) throws {
        let (core, pixels) = (tile.tile.core, pixels(tile))
        if files.count == 1 { return try files[0].write(core, plane: tile.page, pixels) }
        let planeByteCount = pixels.count / files.count
        for (index, file) in files.enumerated() {
            try file.write(core, plane: tile.page, Array(pixels[index * planeByteCount..<(index + 1) * planeByteCount]))
        }
    }

    func seal() throws {
        for file in files { try file.seal() }
    }

    func publish() throws {
        for file in files { try file.publish() }
    }

    /// Class colours at their labels, black at 0, greys at labels without a class.
    private static func palette(of classes: [SegmentationClass], largest: Int) -> [RGBColour] {
        var palette = (0...largest).map { RGBColour(red: UInt8($0), green: UInt8($0), blue: UInt8($0)) }
        for one in classes { palette[one.label] = one.colour }
        return palette
    }
}

/// The image with the class colours laid over it, half transparent: `round(pixel·(1 − 128/255) + colour·128/255)`. A pixel without data
/// is shown as it is stored.
///
/// Of 8-bit pixels the value is shown, of wider unsigned ones the highest byte; of signed ones and floats what is 0 to full intensity
/// (1 for floats), as 0…255.
private struct Overlay {
    let colours: [RGBColour]

    /// RGB, `[row][column]`.
    func pixels(of tile: borrowing SegmentedTile) -> [UInt8] {
        guard let pixels = tile.pixels else { preconditionFailure("no pixels with the tile") }
        let classes = tile.values(.labels)
        var mixed = [UInt8](repeating: 0, count: classes.count * 3)
        for pixel in classes.indices {
            guard classes[pixel] != MapContent.noClass else {
                for channel in 0..<3 { mixed[pixel * 3 + channel] = Self.value(pixels, pixel, channel) }
                continue
            }
            let colour = colours[Int(classes[pixel])]
            mixed[pixel * 3] = Self.blend(Self.value(pixels, pixel, 0), colour.red)
            mixed[pixel * 3 + 1] = Self.blend(Self.value(pixels, pixel, 1), colour.green)
            mixed[pixel * 3 + 2] = Self.blend(Self.value(pixels, pixel, 2), colour.blue)
        }
        return mixed
    }

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
