import Foundation
@testable import Imaging
@testable import Primitives
import Testing

@Suite struct BoundaryComparisonTests {
    /// The boundary F1 of a label, by its definition on whole maps, every pixel against every other.
    private func naive(_ predicted: LabelMap, _ truth: LabelMap, label: UInt16, tolerance: Int) -> Double? {
        let (width, height) = (truth.width, truth.height)
        func boundary(_ map: LabelMap) -> [(x: Int, y: Int)] {
            var pixels: [(x: Int, y: Int)] = []
            for y in 0..<height {
                for x in 0..<width where truth.labels[y * width + x] != 0 && map.labels[y * width + x] == label {
                    let neighbours: [(Int, Int)] = [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)]
                    let differs = neighbours.contains { column, row in
                        guard column >= 0, row >= 0, column < width, row < height else { return false }
                        let place = row * width + column
                        return truth.labels[place] != 0 && map.labels[place] != label
                    }
                    if differs { pixels.append((x, y)) }
                }
            }
            return pixels
        }
        let (found, expected) = (boundary(predicted), boundary(truth))
        if found.isEmpty && expected.isEmpty { return nil }
        func share(_ some: [(x: Int, y: Int)], near others: [(x: Int, y: Int)]) -> Double {
            let near = some.count { one in
                others.contains { hypot(Double($0.x - one.x), Double($0.y - one.y)) <= Double(tolerance) }
            }
            return some.isEmpty ? 0 : Double(near) / Double(some.count)
        }
        let (precision, recall) = (share(found, near: expected), share(expected, near: found))
        return precision == 0 || recall == 0 ? 0 : 2 * precision * recall / (precision + recall)
    }

    private func compared(_ pairs: [(LabelMap, LabelMap)], tolerance: Int) -> BoundaryComparison {
        var comparison = BoundaryComparison(tolerance: tolerance)
        for (predicted, truth) in pairs {
            for row in 0..<truth.height {
                let range = row * truth.width..<(row + 1) * truth.width
                comparison.add(predicted: Array(predicted.labels[range]), truth: Array(truth.labels[range]))
            }
            comparison.endMap()
        }
        return comparison
    }

    /// Blobs of some labels, with gaps.
    private func map(_ width: Int, _ height: Int, _ random: inout SplitMix64) -> LabelMap {
        var map = LabelMap(width: width, height: height, labels: [UInt16](repeating: 1, count: width * height))
        for _ in 0..<6 {
            let label = UInt16.random(in: 0...3, using: &random)
            let (x, y) = (Int.random(in: 0..<width, using: &random), Int.random(in: 0..<height, using: &random))
            for row in y..<min(height, y + 6) { for column in x..<min(width, x + 7) { map.labels[row * width + column] = label } }
        }
        return map
    }

    @Test(arguments: [0, 1, 2, 5]) func `the streamed F1 equals the definition on whole maps`(tolerance: Int) {
        for seed in 0..<60 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let (width, height) = (Int.random(in: 1...20, using: &random), Int.random(in: 1...20, using: &random))
            let (predicted, truth) = (map(width, height, &random), map(width, height, &random))
            let comparison = compared([(predicted, truth)], tolerance: tolerance)
            for label in 0..<4 as Range<UInt16> {
                let expected = naive(predicted, truth, label: label, tolerance: tolerance)
                #expect(comparison.f1(ofLabel: Int(label)) == expected, "seed \(seed), label \(label)")
            }
        }
    }

    @Test func `a boundary that is off by more than the tolerance is wrong, one of an unlabelled part is none`() {
        let halves = { (split: Int) in LabelMap(width: 12, height: 3, labels: (0..<36).map { $0 % 12 < split ? 1 : 2 }) }
        #expect(compared([(halves(6), halves(6))], tolerance: 0).f1(ofLabel: 1) == 1)
        #expect(compared([(halves(8), halves(6))], tolerance: 2).f1(ofLabel: 2) == 1)
        #expect(compared([(halves(8), halves(6))], tolerance: 1).f1(ofLabel: 2) == 0)
        let half = LabelMap(width: 12, height: 3, labels: (0..<36).map { $0 % 12 < 6 ? 1 : 0 })
        #expect(compared([(halves(6), half)], tolerance: 2).f1(ofLabel: 1) == nil)
    }

    @Test func `maps do not touch each other`() {
        let one = { (label: UInt16) in LabelMap(width: 4, height: 2, labels: [UInt16](repeating: label, count: 8)) }
        let comparison = compared([(one(1), one(1)), (one(2), one(2))], tolerance: 3)
        #expect(comparison.f1(ofLabel: 1) == nil && comparison.f1(ofLabel: 2) == nil)
    }

    @Test func `dice is twice what both have over what each has`() {
        var comparison = LabelComparison(boundaryTolerance: 1)
        comparison.add(predicted: [1, 1, 2, 2, 9, 5], truth: [1, 1, 1, 2, 2, 0])
        comparison.endMap()
        let expected = [4.0 / 5, 2.0 / 4, 0]
        for (found, wanted) in zip(comparison.dice, expected) { #expect(abs(found - wanted) < 1e-12) }
        #expect(comparison.boundaryF1.count == 3)
    }
}
