@testable import AnnotationFormats
@testable import Annotations
@testable import Imaging
import Testing

/// Annotations that every format can be tried with.
enum AnnotationSamples {
    static func point(_ x: Double, _ y: Double) -> AnnotationPoint { AnnotationPoint(x: x, y: y) }

    static let classes = [
        AnnotationClass(number: 1, name: "nuclei", colour: RGBColour(red: 230, green: 159, blue: 0)),
        AnnotationClass(number: 2, name: "Grüße \"2\"", colour: RGBColour(red: 86, green: 180, blue: 233)),
        AnnotationClass(number: 5, name: "five", colour: RGBColour(red: 1, green: 2, blue: 3)),
    ]

    /// A patch of some pixels: two parts that touch at a corner, one of them with a hole that touches its border at a corner.
    static let patch = RasterPatch(
        bounds: PixelRect(x: 40, y: 60, width: 9, height: 6),
        rows: [[0..<5], [0..<1, 2..<3, 4..<5], [0..<5], [5..<7], [0..<2, 5..<9], [0..<2]])

    /// A shape of each kind, on integer and quarter coordinates, which all formats keep exactly.
    static let document = AnnotationDocument(
        classes: classes,
        annotations: [
            Annotation(
                .area([
                    AnnotationPolygon(
                        exterior: [point(5, 5), point(35, 5), point(35, 30), point(5, 30)],
                        holes: [[point(10, 10), point(10, 20), point(20, 20), point(20, 10)]]),
                    AnnotationPolygon(exterior: [point(50, 5), point(60.25, 7.5), point(55, 20)]),
                ]), classNumber: 1),
            Annotation(
                .stroke(AnnotationPath(through: [point(10, 40), point(30.5, 45.25), point(31, 60)]), width: 4), classNumber: 2),
            Annotation(
                .stroke(AnnotationPath(through: [point(70, 40), point(85, 41), point(80, 55)], isClosed: true), width: 2.5),
                classNumber: 5),
            Annotation(.rectangle(x: 62, y: 22, width: 12.5, height: 7), classNumber: 2),
            Annotation(.ellipse(x: 70, y: 65, width: 21, height: 13), classNumber: 1),
            Annotation(.points([point(3.5, 70.5), point(7, 71)]), classNumber: 5),
            Annotation(.raster(patch), classNumber: 2),
        ])

    static let (width, height) = (100, 90)

    /// The labels that a document gives to the pixels of an image of this size.
    static func labels(_ document: AnnotationDocument) throws -> LabelMap {
        try AnnotationLabels(document, width: width, height: height)
            .labels(in: PixelRect(x: 0, y: 0, width: width, height: height))
    }

    static var writing: AnnotationWriting { AnnotationWriting(image: "picture.tif", width: width, height: height) }

    /// Writes a document in a format and reads the file.
    static func again(
        _ document: AnnotationDocument, as format: any AnnotationFormat.Type, _ writing: AnnotationWriting = writing,
        _ reading: AnnotationReading = AnnotationReading()
    ) throws -> ReadAnnotations {
        let bytes = try AnnotationFile.write(document, as: format, writing, path: "out")
        let (found, read) = try AnnotationFile.read(AnnotationContent(path: "in", bytes: bytes), reading)
        #expect(found.name == format.name)
        return read
    }

    /// Reads a text.
    static func read(_ text: String, _ reading: AnnotationReading = AnnotationReading()) throws -> ReadAnnotations {
        try AnnotationFile.read(AnnotationContent(path: "in", bytes: Array(text.utf8)), reading).annotations
    }
}
