@testable import Forest
import Foundation
@testable import Imaging
@testable import Jobs
import Testing

@testable import Coordinator

@Suite struct SampleSelectionTests {
    private let folder: TemporaryFolder
    private let pairs: [TrainingPair]

    init() throws {
        folder = try TemporaryFolder()
        var pairs: [TrainingPair] = []
        for image in 0..<3 {
            let labels = (0..<40 * 30).map { UInt16(($0 * 7 + image) % 4) }
            for name in ["i", "l"] {
                try LabelMap(width: 40, height: 30, labels: labels).write(to: folder("\(name)\(image).png"))
            }
            pairs.append(
                TrainingPair(image: ImageInput(path: folder("i\(image).png")), labels: ImageInput(path: folder("l\(image).png"))))
        }
        self.pairs = pairs
    }

    @Test func `limits are kept exactly, and the chosen samples are among those of looser limits`() throws {
        let all = try LabelCensus(pairs, .all)
        #expect(all.count == 2700 && all.starts == [0, 900, 1800] && all.countOfLabel == [1: 900, 2: 900, 3: 900])
        for (limits, images, labels) in [
            (SampleLimits(perImage: 100), [100, 100, 100], nil), (SampleLimits(perClass: 50), nil, 50),
            (SampleLimits(perImage: 500, perClass: 200), nil, 200),
            (SampleLimits(perImage: 5000, perClass: 5000), [900, 900, 900], 900),
        ] as [(SampleLimits, [Int]?, Int?)] {
            let selection = try LabelCensus.selection(pairs, limits, seed: 5)
            let census = try LabelCensus(pairs, selection)
            if let images { #expect(census.countOfImage == images) }
            if let labels { #expect(census.countOfLabel.values.allSatisfy { $0 == labels }, "\(census.countOfLabel)") }
        }
        let few = try LabelCensus.selection(pairs, SampleLimits(perImage: 20), seed: 5)
        let more = try LabelCensus.selection(pairs, SampleLimits(perImage: 30), seed: 5)
        for position in 0..<1200 where few.takes(image: 1, position: position, label: 1) {
            #expect(more.takes(image: 1, position: position, label: 1))
        }
    }

    @Test func `edge samples are about the share that was asked for`() {
        let selection = SampleSelection(seed: 9).withEdges(from: 0.1)
        let count = (0..<100_000).count { selection.isEdgeSample(image: 2, position: $0) }
        #expect((9_600...10_400).contains(count), "\(count)")
        #expect((0..<100).allSatisfy { SampleSelection.all.isEdgeSample(image: 0, position: $0) })
    }

    @Test func `the smallest keys are counted right, however many come`() {
        for count in [1, 10, 1000] {
            var keys = SmallestKeys(count)
            let all = (0..<5000).map { SampleSelection.key(1, 0, $0) }
            for key in all { keys.add(key) }
            #expect(keys.largest == all.sorted()[count - 1])
        }
        var few = SmallestKeys(10)
        for key in 0..<10 { few.add(UInt64(key)) }
        #expect(few.largest == .max)
    }

    @Test func `a table's blocks hold its samples, in whatever order they were written`() throws {
        let shape = try TableShape(sampleCount: 1000, featureCount: 3, classCount: 2)
        let file = try TableFile(in: folder(""), shape: shape)
        let bins = (0..<3000).map { UInt8(truncatingIfNeeded: $0) }
        let classes = (0..<1000).map { UInt8($0 % 2) }
        for first in [500, 0, 900, 100] {
            let end = [500: 900, 0: 100, 900: 1000, 100: 500][first] ?? 0
            try bins[first * 3..<end * 3].withUnsafeBytes { bins in
                try classes[first..<end].withUnsafeBytes { try file.write(bins, $0, at: first) }
            }
        }
        #expect(try file.classes() == classes)
        #expect(file.samplesPerBlock >= 1000)
        #expect(try file.block(0) == TableBlock.document(bins: Data(bins), classes: Data(classes), featureCount: 3))
    }
}
