@testable import AnnotationFormats
@testable import Annotations
internal import FuzzHarness
@testable import Imaging

/// Every input is a file of annotations. What is read is written in our own format and must read as the same document; it is also drawn.
@main
enum AnnotationsTarget {
    /// Shapes that are drawn, of a document.
    private static let drawnMax = 64
    /// Points of a document that is written: a curve of a few bytes becomes a thousand of them, which would take minutes.
    private static let writtenPointsMax = 1 << 16

    static func main() throws {
        try Fuzzing.main(seeds: AnnotationSeeds.all) { input, count in
            AnnotationsTarget.test(Fuzzing.bytes(input, count))
            return 0
        }
    }

    private static func test(_ bytes: [UInt8]) {
        do throws(ImageError) { try read(bytes) } catch { Fuzzing.expectOneLine(error.description) }
    }

    private static func read(_ bytes: [UInt8]) throws(ImageError) {
        let (_, read) = try AnnotationFile.read(AnnotationContent(path: "in", bytes: bytes), AnnotationReading())
        let document = read.document
        precondition(document.annotations.allSatisfy(\.shape.isBounded), "coordinates beyond the limits")
        let numbers = document.classes.map(\.number)
        precondition(Set(numbers).count == numbers.count && numbers == numbers.sorted(), "classes \(numbers)")
        precondition(
            document.annotations.allSatisfy { $0.classNumber.map(numbers.contains) ?? true }, "a class that is not listed")
        for note in read.notes { Fuzzing.expectOneLine(note.text) }
        let pointCount = document.annotations.reduce(0) { $0 + $1.shape.size.points }
        guard pointCount <= writtenPointsMax else { return }
        let written = try AnnotationFile.write(document, as: CoppiceAnnotations.self, AnnotationWriting(), path: "out")
        let again = try AnnotationFile.read(AnnotationContent(path: "again", bytes: written), AnnotationReading()).annotations
            .document
        precondition(again == document, "\(again) was \(document)")
        draw(document)
    }

    private static func draw(_ document: AnnotationDocument) {
        var drawn = document
        drawn.annotations = Array(document.annotations.prefix(drawnMax))
        guard let labels = try? AnnotationLabels(drawn, width: 64, height: 64) else { return }
        let map = labels.labels(in: PixelRect(x: 0, y: 0, width: 64, height: 64))
        precondition(map.presentLabels.allSatisfy { label in document.classes.contains { $0.number == Int(label) } })
    }
}
