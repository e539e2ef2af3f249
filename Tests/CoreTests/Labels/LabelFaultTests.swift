@testable import Formats
@testable import Imaging
import Testing

/// The label images of `../shared/faults`: what each is, or why it is none.
@Suite(.enabled(if: SharedFaults.isHere, "../shared/faults is not here")) struct LabelFaultTests {
    private func path(_ name: String) -> String { SharedFaults.path(name) }

    /// The strokes that all files show: the labels 1 and 2.
    private func strokes() throws -> [Int] { try ImageFile.readAllLabels(path: path("base/s.png")).labels.map(Int.init) }

    private func read(_ name: String) throws -> (labels: [Int], notes: [ImageNote]) {
        var collection = LabelCollection(.none, for: .training)
        try collection.add(LabelImages.survey(ImageFile.labelPixels(path: path(name))))
        let reading = try collection.reading()
        let reader = PixelLabelRows(try ImageFile.labelPixels(path: path(name)), as: reading.tables[0])
        return (try LabelImages.labels(reader), reading.notes[0])
    }

    @Test(arguments: [
        ("float-labels.tif", 1, 2), ("grey-as-rgb.png", 1, 2), ("int64.tif", 1, 2), ("la-labels.png", 1, 2),
        ("palette.png", 1, 2),
        ("trns.png", 1, 2), ("sparse-values.png", 127, 254), ("one-colour.png", 0, 255),
        // Red strokes are 1, green ones 2; green comes first in the order of colours.
        ("rgb-labels.png", 2, 1), ("rgb-labels.tif", 2, 1), ("rgba-labels.png", 2, 1),
    ]) func `labels that are not ambiguous are read`(name: String, one: Int, two: Int) throws {
        let expected = try strokes().map { [0, one, two][$0] }
        let (labels, notes) = try read("labels/\(name)")
        #expect(labels == expected)
        let note = "2 colours become labels: #00FF00 → 1, #FF0000 → 2"
        #expect(one != 2 || notes.first == ImageNote(.labels, note))
    }

    @Test func `a mask is 1 or 255, as it is stored`() throws {
        #expect(try Set(read("labels/one-bit.png").labels) == [0, 1])
        #expect(try Set(read("labels/mask-0-255.png").labels) == [0, 255])
    }

    @Test(arguments: [
        ("antialiased.png", "expected one value a class, found 135 values, of which"),
        ("labels.jpg", "found JPEG, which does not keep labels exactly: 126 grey values; save labels as PNG"),
    ]) func `what is ambiguous is one line`(name: String, text: String) throws {
        let error = #expect(throws: ImageError.self) { try read("labels/\(name)") }
        #expect(error?.description.contains(text) == true, "\(error?.description ?? "")")
    }

    @Test func `−1 is unlabelled, and said`() throws {
        let (labels, notes) = try read("ignore/minus1.tif")
        #expect(Set(labels) == [0, 1, 2])
        #expect(notes == [ImageNote(.labels, "−1 on 960 pixels is read as unlabelled")])
    }
}
