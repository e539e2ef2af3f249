@testable import Imaging
import Testing

@Suite struct LabelComparisonTests {
    @Test func `figures of a small case are as counted by hand`() throws {
        var comparison = LabelComparison()
        // Truth 0 does not count; 9 is predicted but never true.
        comparison.add(predicted: [1, 1, 2, 2, 9, 5], truth: [1, 1, 1, 2, 2, 0])
        #expect(comparison.labels == [1, 2, 9])
        #expect(comparison.confusion == [[2, 1, 0], [0, 1, 1], [0, 0, 0]])
        #expect(comparison.pixels == 5)
        #expect(comparison.accuracy == 3.0 / 5)
        #expect(comparison.intersectionOverUnion == [2.0 / 3, 1.0 / 3, 0])
        let mean = try #require(comparison.meanIntersectionOverUnion)
        #expect(abs(mean - 0.5) < 1e-12)
    }

    @Test func `rows add up in any order`() {
        let rows: [([UInt16], [UInt16])] = [([3, 3, 1], [3, 1, 1]), ([7, 7, 7], [7, 3, 0]), ([1, 2, 3], [3, 2, 1])]
        var forward = LabelComparison()
        var backward = LabelComparison()
        for row in rows { forward.add(predicted: row.0, truth: row.1) }
        for row in rows.reversed() { backward.add(predicted: row.0, truth: row.1) }
        #expect(forward == backward)
    }

    @Test func `as many labels as there can be take no more memory than the pairs that meet`() {
        var comparison = LabelComparison()
        let all = Array(1...UInt16.max)
        comparison.add(predicted: all, truth: all)
        #expect(comparison.accuracy == 1 && comparison.meanIntersectionOverUnion == 1 && comparison.labels.count == 65535)
    }

    @Test func `an empty comparison has no figures`() {
        let comparison = LabelComparison()
        #expect(comparison.accuracy == nil && comparison.meanIntersectionOverUnion == nil)
    }
}
