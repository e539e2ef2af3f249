@testable import Annotations
@testable import Formats
import Foundation
@testable import Imaging
@testable import Jobs
import Testing

@testable import Coordinator

/// Files of annotations as labels of a command.
@Suite struct AnnotationInputTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for name in ["i.png", "j.png"] {
            try LabelMap(width: 40, height: 30, labels: .init(repeating: 5, count: 1200)).write(to: folder(name))
        }
    }

    private func plotly(_ name: String, _ lines: [(colour: String, y: Int)]) throws -> ImageInput {
        let shapes = lines.map { colour, y in
            #"{"type":"path","line":{"color":"\#(colour)","width":2},"path":"M10,\#(y)L20,\#(y)"}"#
        }
        try Data("[\(shapes.joined(separator: ","))]".utf8).write(to: URL(fileURLWithPath: folder(name)))
        return ImageInput(path: folder(name))
    }

    @Test func `annotations are counted as their pixels, and the classes of two files keep their colours`() throws {
        let (one, two) = (
            try plotly("a.json", [("#101010", 5), ("#202020", 9)]), try plotly("b.json", [("#202020", 5), ("#303030", 9)])
        )
        let pairs = zip(["i.png", "j.png"], [one, two]).map { TrainingPair(image: ImageInput(path: folder($0)), labels: $1) }
        let set = try TrainingSet(pairs)
        let census = try LabelCensus(set.pairs, .all, of: set.labels)
        #expect(census.countOfImage == [40, 40])
        #expect(census.countOfLabel == [1: 20, 2: 40, 3: 20])
        #expect(set.labels.colours.mapValues(\.hex) == [1: "#101010", 2: "#202020", 3: "#303030"])
        #expect(set.labels.notes.map { $0.notes.contains { $0.kind == .classes } } == [false, true])
    }

    @Test func `the rows of annotations are their windows`() throws {
        let labels = try plotly("a.json", [("#101010", 5), ("#202020", 9)])
        let image = ImageInput(path: folder("i.png"))
        let inputs = try LabelInputs([.init(labels: labels, image: image)], .none, for: .training)
        let reader = try inputs.open(labels, of: image)
        var rows = [UInt16](repeating: 7, count: 1200)
        try rows.withUnsafeMutableBufferPointer { rows in
            try reader.read(7, into: UnsafeMutableBufferPointer(rebasing: rows[..<280]))
            try reader.read(23, into: UnsafeMutableBufferPointer(rebasing: rows[280...]))
        }
        for (place, label) in rows.enumerated() {
            let isColumn = (10..<20).contains(place % 40)
            let expected: [Int: UInt16] = [4: 1, 5: 1, 8: 2, 9: 2]
            #expect(label == (isColumn ? expected[place / 40] ?? 0 : 0))
        }
    }

    @Test func `a doubled pair is used once, and other labels of the image lie on top`() throws {
        let (one, two) = (try plotly("a.json", [("#101010", 5)]), try plotly("b.json", [("#202020", 5), ("#202020", 9)]))
        let listed = try TrainingPairs([folder("i.png"), one.path, folder("i.png"), one.path, folder("i.png"), two.path])
        #expect(listed.pairs.count == 2 && listed.notes.count == 1)
        let said = InputNotes()
        let set = try TrainingSet(listed.pairs, notes: said)
        #expect(set.pairs.count == 1 && set.pairs[0].furtherLabels == [two])
        #expect(try LabelCensus(set.pairs, .all, of: set.labels).countOfLabel == [2: 40])
        #expect(said.entries.contains { $0.kind == .merged && $0.text.contains("20 pixels have different labels") })
        #expect(set.pixelCount == 1200)
    }

    @Test func `ignored labels are unlabelled, and annotations without their image are refused`() throws {
        let labels = try plotly("a.json", [("#101010", 5), ("#202020", 9)])
        let image = ImageInput(path: folder("i.png"))
        for ignored in ["2", "#202020"] {
            let rules = try LabelRules(ignoring: [ignored], colours: nil)
            let set = try TrainingSet([TrainingPair(image: image, labels: labels)], rules)
            #expect(try LabelCensus(set.pairs, .all, of: set.labels).countOfLabel == [1: 20])
        }
        #expect(throws: ImageError.self) { _ = try LabelInputs([.init(labels: labels, image: nil)], .none, for: .comparison) }
    }
}
