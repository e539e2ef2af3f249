@testable import AnnotationFormats
@testable import Annotations
import Foundation
@testable import Imaging
import Testing

/// Erasers in files: our own keep them, others get the pixels that are left.
@Suite struct EraserFormatTests {
    private static let written = AnnotationFile.formats.filter { !$0.fileExtensions.isEmpty }.map { $0.option }

    /// The samples with an eraser across most of them.
    private static var document: AnnotationDocument {
        var document = AnnotationSamples.document
        document.annotations.insert(
            Annotation(
                eraser: .stroke(
                    AnnotationPath(through: [AnnotationSamples.point(2, 8), AnnotationSamples.point(90, 75)]), width: 11)),
            at: 6)
        return document
    }

    @Test func `our own format keeps erasers`() throws {
        let read = try AnnotationSamples.again(Self.document, as: CoppiceAnnotations.self)
        #expect(read.document == Self.document)
        #expect(read.document.annotations.count(where: \.isEraser) == 1)
    }

    @Test(arguments: written) func `with an eraser, written and read again, annotations give the same labels`(option: String)
        throws
    {
        let format = try #require(AnnotationFile.format(option: option))
        let before = try AnnotationSamples.labels(Self.document)
        #expect(try before != AnnotationSamples.labels(AnnotationSamples.document))
        let read = try AnnotationSamples.again(Self.document, as: format)
        let differing = try zip(before.labels, AnnotationSamples.labels(read.document).labels).count { $0 != $1 }
        #expect(differing == 0, "\(option): \(differing) pixels")
        let changedCount = try AnnotationFile.fitted(Self.document, to: format, AnnotationSamples.writing, path: "out")
            .changedCount
        #expect(changedCount == (option == "coppice" ? 0 : 2), "\(option)")
    }

    @Test(arguments: [
        (#""eraser":true,"class":1"#, "expected an eraser without a class"), (#""eraser":1"#, "eraser: expected true or false"),
    ]) func `a contradictory eraser is refused`(members: String, expected: String) {
        let text = """
            {"format":"coppice-annotations","version":1,"classes":[{"number":1}],
            "annotations":[{"type":"rectangle","x":0,"y":0,"width":1,"height":1,\(members)}]}
            """
        do {
            _ = try AnnotationSamples.read(text)
            Issue.record("expected an error")
        } catch {
            #expect("\(error)".contains(expected), "\(error)")
        }
    }

    @Test func `the schema lists every member that is written`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
        let schema = try JSONSerialization.jsonObject(
            with: Data(contentsOf: root.appendingPathComponent("Schemas/coppice-annotations.schema.json")))
        let member = { (value: Any?, name: String) in (value as? [String: Any])?[name] }
        let items = member(member(member(schema, "properties"), "annotations"), "items")
        var known = Set(try #require(member(items, "properties") as? [String: Any]).keys)
        for one in try #require(member(items, "oneOf") as? [Any]) {
            known.formUnion(try #require(member(one, "properties") as? [String: Any]).keys)
        }
        let bytes = try AnnotationFile.write(
            Self.document, as: CoppiceAnnotations.self, AnnotationSamples.writing, path: "out")
        let written = try #require(
            member(try JSONSerialization.jsonObject(with: Data(bytes)), "annotations") as? [[String: Any]])
        #expect(written.contains { $0["eraser"] as? Bool == true })
        #expect(Set(written.flatMap(\.keys)).subtracting(known).isEmpty)
    }
}
