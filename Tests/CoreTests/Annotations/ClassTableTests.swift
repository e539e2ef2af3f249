@testable import Annotations
@testable import Imaging
import Testing

/// Classes of several files in one command.
struct ClassTableTests {
    private static let (red, green) = (RGBColour(red: 255, green: 0, blue: 0), RGBColour(red: 0, green: 255, blue: 0))

    private func document(_ classes: [AnnotationClass]) -> AnnotationDocument {
        AnnotationDocument(classes: classes, annotations: classes.map { Annotation(.points([]), classNumber: $0.number) })
    }

    @Test func `the same name is the same class, and a number that is taken becomes the next free one`() {
        var table = ClassTable()
        #expect(table.add(document([.init(number: 1, name: "tumour"), .init(number: 2, name: "stroma")])) == [1: 1, 2: 2])
        #expect(table.add(document([.init(number: 1, name: "stroma"), .init(number: 2, name: "necrosis")])) == [1: 2, 2: 3])
        #expect(table.classes.map(\.name) == ["tumour", "stroma", "necrosis"])
    }

    @Test func `classes without a name are known by their colours, then by their numbers`() {
        var table = ClassTable()
        #expect(table.add(document([.init(number: 1, colour: Self.red), .init(number: 2, colour: Self.green)])) == [1: 1, 2: 2])
        #expect(table.add(document([.init(number: 1, colour: Self.green), .init(number: 7)])) == [1: 2, 7: 7])
        #expect(table.add(document([.init(number: 4, name: "nucleus", colour: Self.red)])) == [4: 1])
        #expect(table.classes.first?.name == "nucleus")
    }

    @Test func `labels of label images keep their numbers, and give them to classes of their colour`() {
        var table = ClassTable()
        table.add(labels: [1: nil, 67: Self.red])
        #expect(
            table.add(document([.init(number: 1, name: "a", colour: Self.red), .init(number: 2, name: "b")])) == [1: 67, 2: 2])
        #expect(table.add(document([.init(number: 1, name: "c", colour: Self.green)])) == [1: 1])
    }

    @Test func `listed colours say the numbers of classes without a name`() {
        var table = ClassTable()
        let found = table.add(document([.init(number: 1, colour: Self.red), .init(number: 2)]), listed: [Self.red: 40])
        #expect(found == [1: 40, 2: 2])
    }

    @Test func `the annotations of an image are those with its name, with or without ending`() {
        var document = AnnotationDocument(
            annotations: ["dir/a.tif", "a", "b.png", nil].map { name in
                var annotation = Annotation(.points([]), classNumber: 1)
                annotation.image = name
                return annotation
            })
        #expect(document.annotations(ofImage: "/data/a.tif")?.map(\.image) == ["dir/a.tif", "a", nil])
        #expect(document.annotations(ofImage: "b.png")?.map(\.image) == ["b.png", nil])
        document.annotations.removeLast()
        #expect(document.annotations(ofImage: "c.png") == nil)
        #expect(document.imageNames == ["dir/a.tif", "a", "b.png"])
    }
}
