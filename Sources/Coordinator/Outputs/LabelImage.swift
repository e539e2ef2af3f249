package import Annotations
internal import Formats
internal import Imaging

/// Writes what annotations label as a label image, band by band: an 8-bit palette image in class colours, or 16-bit grey when a label is
/// above 255; TIFF or PNG by the name.
package enum LabelImage {
    /// Rows that are drawn at a time.
    private static let bandHeight = 256

    /// - Parameters:
    ///   - width: of the image.
    ///   - height: of the image.
    /// - Throws: bad input for a shape that cannot be drawn; an output error.
    package static func write(_ document: AnnotationDocument, width: Int, height: Int, to path: String) throws {
        let drawn: AnnotationLabels
        do throws(AnnotationRasterError) {
            drawn = try AnnotationLabels(document, width: width, height: height)
        } catch {
            throw CoordinatorError(.badInput, "\(path): \(error.description)")
        }
        let largest = max(document.classes.last?.number ?? 0, document.annotations.compactMap(\.classNumber).max() ?? 0)
        var palette = [RGBColour(red: 0, green: 0, blue: 0)] + (0..<min(largest, 255)).map { RGBColour.classColour($0) }
        for item in document.classes where item.number < palette.count {
            if let colour = item.colour { palette[item.number] = colour }
        }
        let file = try MapFile(
            path: path, width: width, height: height, kind: largest > 255 ? .grey16 : .palette8(palette), overviews: .topLeft)
        for top in stride(from: 0, to: height, by: bandHeight) {
            let band = PixelRect(x: 0, y: top, width: width, height: min(bandHeight, height - top))
            let labels = drawn.labels(in: band).labels
            let bytes =
                largest > 255 ? labels.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] } : labels.map { UInt8($0) }
            try file.write(band, bytes)
        }
        try file.seal()
        try file.publish()
    }
}
