@testable import Annotations
@testable import Imaging
import Testing

/// Labels of one image by several people.
struct MergedLabelTests {
    private static let (width, height) = (600, 530)

    /// Rows of a map that is there.
    private final class MapRows: LabelRowReader {
        let map: LabelMap
        private var next = 0
        init(_ map: LabelMap) { self.map = map }
        var width: Int { map.width }
        var height: Int { map.height }
        var palette: [RGBColour] { [] }
        func read(_ count: Int, into labels: UnsafeMutableBufferPointer<UInt16>) {
            _ = labels.update(fromContentsOf: map.labels[next * width..<(next + count) * width])
            next += count
        }
    }

    private func labels(_ x: Double, _ number: Int) throws -> AnnotationLabels {
        let shape = AnnotationShape.rectangle(x: x, y: 500, width: 100, height: 20)
        return try AnnotationLabels(
            AnnotationDocument(annotations: [Annotation(shape, classNumber: number)]), width: Self.width, height: Self.height)
    }

    private func rows(of reader: some LabelWindowReader) -> LabelSource {
        .rows(MapRows(reader.labels(in: PixelRect(x: 0, y: 0, width: Self.width, height: Self.height))))
    }

    private func read(_ source: LabelSource) throws -> [UInt16] {
        var labels = [UInt16](repeating: 9, count: Self.width * Self.height)
        let reader = source.rowReader
        try labels.withUnsafeMutableBufferPointer { labels in
            for first in stride(from: 0, to: Self.height, by: 77) {
                let count = min(77, Self.height - first)
                try reader.read(
                    count, into: UnsafeMutableBufferPointer(rebasing: labels[first * Self.width..<(first + count) * Self.width]))
            }
        }
        return labels
    }

    @Test func `the later file lies on top, by rows and by windows alike`() throws {
        let (one, two) = (try labels(450, 1), try labels(500, 2))
        let expected = (0..<Self.width * Self.height).map { place -> UInt16 in
            let (x, y) = (place % Self.width, place / Self.width)
            guard (500..<520).contains(y) else { return 0 }
            return (500..<600).contains(x) ? 2 : (450..<550).contains(x) ? 1 : 0
        }
        #expect(try read(MergedLabels.source([.windows(one), .windows(two)])) == expected)
        #expect(try read(MergedLabels.source([rows(of: one), .windows(two)])) == expected)
        #expect(try read(MergedLabels.source([.windows(one), rows(of: two)])) == expected)
        #expect(try read(MergedLabels.source([.windows(two), .windows(one)])) != expected)
    }

    @Test func `an eraser takes nothing from another file`() throws {
        let eraser = Annotation(eraser: .rectangle(x: 0, y: 0, width: 600, height: 530))
        let erased = try AnnotationLabels(
            AnnotationDocument(annotations: [eraser]), width: Self.width, height: Self.height)
        let one = try labels(450, 1)
        #expect(try read(MergedLabels.source([.windows(one), .windows(erased)])) == read(rows(of: one)))
        #expect(try MergedLabels.contradictionCount([.windows(one), .windows(erased)]) == 0)
    }

    @Test func `pixels with different labels are counted once`() throws {
        let (one, two, three) = (try labels(450, 1), try labels(500, 2), try labels(520, 1))
        #expect(try MergedLabels.contradictionCount([.windows(one), .windows(two)]) == 50 * 20)
        #expect(try MergedLabels.contradictionCount([.windows(one), .windows(two), .windows(three)]) == 100 * 20)
        #expect(try MergedLabels.contradictionCount([rows(of: one), rows(of: two), rows(of: three)]) == 100 * 20)
        #expect(try MergedLabels.contradictionCount([.windows(one), .windows(three)]) == 0)
    }
}
