internal import Annotations
internal import Formats
package import Imaging

/// Regions of interest of ImageJ: a `.roi` file, or a ZIP archive of them as the ROI manager saves it.
///
/// Classes: the group of a region is the number of its class; without one its property `class`, otherwise the colour of its line. Lines are strokes,
/// everything else is filled. Whole numbers are corners of pixels.
package enum ImageJROI: AnnotationFormat {
    package static let name = "ImageJ regions"
    package static let option = "imagej"
    package static let fileExtensions = ["zip"]

    /// All regions of an archive, unpacked.
    private static let byteCountMax = 1 << 30

    package static func recognises(_ content: AnnotationContent) -> Bool {
        switch AnnotationSignature(content.bytes) {
        case .imageJROI: true
        case .zip: (try? ZipFile(content.bytes, path: content.path, byteCountMax: 1 << 20) { _ in false }) != nil
        default: false
        }
    }

    package static func read(_ content: AnnotationContent, _ reading: AnnotationReading) throws(ImageError) -> ReadAnnotations {
        var files = [ZipFile.Entry(name: "", bytes: content.bytes)]
        if AnnotationSignature(content.bytes) == .zip {
            files = try ZipFile(content.bytes, path: content.path, byteCountMax: byteCountMax) {
                $0.lowercased().hasSuffix(".roi") && !$0.hasPrefix("__MACOSX")
            }.entries
            guard !files.isEmpty else {
                throw .unknownFormat(
                    path: content.path, expected: "a ZIP archive of ImageJ regions", found: "an archive without any")
            }
        }
        var regions: [ROIRecord] = []
        for file in files {
            let path = file.name.isEmpty ? content.path : "\(content.path)/\(file.name)"
            regions.append(try ROIRecord(file.bytes, path: path))
        }
        var builder = AnnotationBuilder(path: content.path)
        // Numbers that the file states come first, so that no other class takes them.
        for region in regions {
            if let number = region.number {
                _ = try builder.classNumber(key: "\u{0}\(number)", name: region.className, colour: region.colour, number: number)
            }
        }
        for region in regions { try add(region, &builder, reading) }
        return builder.finished()
    }

    private static func add(
        _ region: ROIRecord, _ builder: inout AnnotationBuilder, _ reading: AnnotationReading
    ) throws(ImageError) {
        guard let shape = try region.shape(reading, &builder) else { return }
        guard shape.isBounded else {
            throw .corruptAnnotations(region.path, "expected \(AnnotationLimits.coordinateText), found others")
        }
        var annotation = Annotation(shape)
        (annotation.name, annotation.plane, annotation.image) = (region.name, region.plane, region.properties["image"])
        if let number = region.number {
            annotation.classNumber = number
        } else if let name = region.className {
            annotation.classNumber = try builder.classNumber(key: name, name: name, colour: region.colour)
        } else if let colour = region.colour {
            annotation.classNumber = try builder.classNumber(key: colour.hex, name: nil, colour: colour)
        }
        try builder.add(annotation)
    }
}
