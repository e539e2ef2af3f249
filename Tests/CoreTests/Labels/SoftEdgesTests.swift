@testable import Imaging
@testable import Primitives
import Testing

/// Drawings without smoothing are labels, whatever they show; the same with smoothing are refused.
struct SoftEdgesTests {
    private static let colours: [[Double]] = [[0, 0, 0], [255, 0, 0], [0, 255, 0], [40, 40, 255]]

    /// Discs and lines of classes 1 to 3, 64 × 64, drawn `factor` times as large.
    private static func drawing(_ factor: Int) -> (side: Int, classes: [Int]) {
        let side = 64 * factor
        let classes = (0..<side * side).map { place -> Int in
            let (x, y) = (Double(place % side) / Double(factor), Double(place / side) / Double(factor))
            let discs = [(14.0, 15.0, 8.0), (44, 20, 10), (40, 50, 9)]
            for (index, disc) in discs.enumerated() {
                let (dx, dy) = (x - disc.0, y - disc.1)
                if dx * dx + dy * dy < disc.2 * disc.2 { return index + 1 }
            }
            return abs(x + 0.37 * y - 30) < 1.5 ? 1 : 0
        }
        return (side, classes)
    }

    /// The drawing with `factor`² shades along its edges.
    private static func smoothed(_ factor: Int, values: [[Double]], hasOpacity: Bool = false) -> [UInt8] {
        let (side, classes) = drawing(factor)
        return (0..<64 * 64).flatMap { place -> [UInt8] in
            var sum = [Double](repeating: 0, count: values[0].count)
            var covered = 0.0
            for part in 0..<factor * factor {
                let (row, column) = (place / 64 * factor + part / factor, place % 64 * factor + part % factor)
                let one = classes[row * side + column]
                for (channel, value) in values[one].enumerated() { sum[channel] += value }
                covered += one > 0 ? 1 : 0
            }
            let all = Double(factor * factor)
            guard hasOpacity else { return sum.map { UInt8(($0 / all).rounded()) } }
            return sum.map { UInt8(($0 / max(covered, 1)).rounded()) } + [UInt8((255 * covered / all).rounded())]
        }
    }

    private func edges(_ width: Int, _ samples: [UInt8], channels: Int = 1) throws -> SoftEdges {
        try LabelImages.survey(LabelImages.pixels(width, samples, channels: channels)).edges
    }

    @Test(arguments: [2, 3, 4, 8])
    func `a drawing with smooth edges looks smoothed, in grey and in colours`(factor: Int) throws {
        let levels = [[0], [100], [200], [250.0]]
        #expect(try edges(64, Self.smoothed(factor, values: levels)).looksSmoothed)
        #expect(try edges(64, Self.smoothed(factor, values: [[0], [255], [255], [255]])).looksSmoothed)
        #expect(try edges(64, Self.smoothed(factor, values: Self.colours), channels: 3).looksSmoothed)
        #expect(try edges(64, Self.smoothed(factor, values: Self.colours, hasOpacity: true), channels: 4).looksSmoothed)
    }

    @Test func `a drawing without smoothing is no picture either`() throws {
        for samples in [Self.smoothed(1, values: [[0], [1], [2], [3]]), Self.smoothed(1, values: [[7], [100], [200], [250]])] {
            let found = try edges(64, samples)
            #expect(!found.looksSmoothed && !found.looksLikePicture && found.softCount == 0)
        }
        #expect(try edges(64, Self.smoothed(1, values: Self.colours), channels: 3).softCount == 0)
    }

    @Test(arguments: [2, 5, 9, 14]) func `noise of few values is labels`(count: Int) throws {
        for seed in 0..<40 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            let samples = (0..<40 * 30).map { _ in UInt8.random(in: 0...UInt8(count), using: &random) }
            #expect(try !edges(40, samples).looksSmoothed, "seed \(seed)")
        }
    }

    @Test func `borders one pixel wide, dots and diagonal lines are labels`() throws {
        let (_, classes) = Self.drawing(1)
        var samples = classes.map { UInt8($0 == 0 ? 1 : 3) }
        for place in 64..<64 * 63 where classes[place] == 0 && (classes[place + 1] != 0 || classes[place + 64] != 0) {
            samples[place] = 2
        }
        #expect(try !edges(64, samples).looksSmoothed)
        var dots = [UInt8](repeating: 0, count: 64 * 64)
        for index in 0..<100 { dots[(index / 10 * 6 + 3) * 64 + index % 10 * 6 + 3] = UInt8(index + 1) }
        let found = try edges(64, dots)
        #expect(found.softCount == 0 && found.counts.count == 100)
        let lines = (0..<64 * 64).map { place in place % 64 - place / 64 == 5 ? UInt8(4) : 0 }
        #expect(try edges(64, lines).softCount == 0)
    }

    @Test func `values that change from pixel to pixel look like a picture`() throws {
        var random = SplitMix64(seed: 1)
        #expect(try edges(64, random.bytes(64 * 64)).looksLikePicture)
        #expect(try edges(64, random.bytes(64 * 64 * 3), channels: 3).looksLikePicture)
    }

    @Test func `every pixel but those that are unlabelled is counted, also of one row or column`() throws {
        var random = SplitMix64(seed: 2)
        for width in [1, 2, 3, 24] {
            let samples = (0..<24).map { _ in UInt8.random(in: 0...3, using: &random) }
            let counts = try edges(width, samples).counts
            for value in 1...3 as ClosedRange<UInt8> {
                let found = counts[LabelValue(number: UInt16(value))]?.pixels ?? 0
                #expect(found == samples.count { $0 == value }, "width \(width)")
            }
        }
    }
}
