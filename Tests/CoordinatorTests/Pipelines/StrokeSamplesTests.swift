@testable import Forest
import Foundation
@testable import Imaging
@testable import Protocol
import Testing

@testable import Coordinator

@Suite struct StrokeSamplesTests {
    private let folder: TemporaryFolder
    private static let indices: [Int: UInt8] = [1: 0, 2: 1, 3: 2]

    init() throws { folder = try TemporaryFolder() }

    /// Pairs of images and label maps of some width.
    private func pairs(_ maps: [[UInt16]], width: Int) throws -> [TrainingPair] {
        try maps.enumerated().map { index, labels in
            let map = LabelMap(width: width, height: labels.count / width, labels: labels)
            for name in ["i", "l"] { try map.write(to: folder("\(name)\(index).png")) }
            return TrainingPair(
                image: ImageInput(path: folder("i\(index).png")), labels: ImageInput(path: folder("l\(index).png")))
        }
    }

    private func samples(_ pairs: [TrainingPair], strokesMax: Int = 100) throws -> StrokeSamples {
        try StrokeSamples(of: pairs, .plain, .all, Self.indices, strokesMax: strokesMax)
    }

    @Test func `a stroke is left out as a whole, and a class with one stroke never`() throws {
        // Two strokes of the first class, one that turns back of the second, two of the third.
        let labels: [UInt16] = [
            1, 1, 0, 2, 0, 2, 3,
            0, 1, 0, 2, 2, 2, 0,
            1, 0, 0, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0,
            1, 1, 0, 0, 3, 0, 0,
        ]
        let samples = try samples(pairs([labels], width: 7))
        let folds = samples.folds(4)
        #expect(folds.unit == .strokes && folds.cutClasses.isEmpty)
        #expect(Array(folds.partsOfClass[..<3]) == [2, 1, 2])
        let places = labels.indices.filter { labels[$0] != 0 }
        let fold = Dictionary(uniqueKeysWithValues: zip(places, folds.foldOfSample))
        #expect(Set([0, 1, 8, 14].map { fold[$0] }).count == 1, "corners touch")
        #expect(fold[28] == fold[29] && fold[28] != fold[0] && fold[6] != fold[32])
        #expect(places.filter { labels[$0] == 2 }.allSatisfy { fold[$0] == FoldAssignment.never })
        #expect(samples.classes == places.map { UInt8(labels[$0] - 1) })
        #expect(samples.rows == places.indices.map { UInt32($0) })
    }

    @Test func `several images are left out as wholes, unless a class is in one of them only`() throws {
        let maps: [[UInt16]] = [[1, 0, 2, 0, 1, 0], [1, 1, 0, 2, 2, 0], [2, 0, 0, 1, 0, 2]]
        let folds = try samples(pairs(maps, width: 6)).folds(4)
        #expect(folds.unit == .images && folds.folds == [0, 1, 2])
        #expect(folds.foldOfSample[..<3].allSatisfy { $0 == folds.foldOfSample[0] })
        #expect(Array(folds.partsOfClass[..<3]) == [3, 3, 0])
        let alone = try samples(pairs(maps + [[3, 0, 3, 0, 0, 0]], width: 6)).folds(4)
        #expect(alone.unit == .strokes)
    }

    @Test func `a region that is most of its class is left out in blocks`() throws {
        let width = StrokeSamples.blockSide * 8
        var labels = [UInt16](repeating: 1, count: width * 3)
        for place in [0, 5, width - 1] { labels[place] = 2 }
        let folds = try samples(pairs([labels], width: width)).folds(4)
        #expect(folds.cutClasses == [0] && folds.folds == [0, 1, 2, 3])
        let side = StrokeSamples.blockSide
        for column in 6..<width - 1 {
            let first = max(6, column / side * side)
            let isOne = folds.foldOfSample[column] == folds.foldOfSample[first]
            #expect(isOne, "column \(column)")
        }
        // Seven blocks do not make two a fold.
        let shorter = width - side
        let short = try samples(pairs([Array(labels[..<shorter])], width: shorter))
        #expect(short.folds(4).cutClasses.isEmpty)
    }

    @Test func `where there are too many strokes, blocks stand for them`() throws {
        let width = StrokeSamples.blockSide * 2
        var labels = [UInt16](repeating: 0, count: width)
        for column in stride(from: 0, to: width, by: 2) { labels[column] = UInt16(column / 2 % 2 + 1) }
        let folds = try samples(pairs([labels], width: width), strokesMax: 0).folds(4)
        #expect(Array(folds.partsOfClass[..<2]) == [2, 2])
        #expect(folds.folds.count == 4)
    }

    @Test func `the estimate counts what was judged, and says what is not known`() {
        let classes = [1, 2, 3].map { SegmentationClass(label: $0, name: "c\($0)", colour: .classColour($0)) }
        let folds = SampleFolds(foldOfSample: [0, 1, 255], unit: .strokes, partsOfClass: [2, 2, 1], cutClasses: [])
        let estimate = AccuracyEstimate(classes, folds, treesPerFold: 5, confusion: [[6, 2, 0], [1, 10, 1], [0, 0, 0]])
        #expect(estimate.accuracy == 0.8)
        let first: Double? = 6.0 / 9
        let second: Double? = 10.0 / 14
        let shares: [Double?] = estimate.classes.map { $0.intersectionOverUnion }
        #expect(shares == [first, second, nil])
        let mean: Double = (6.0 / 9 + 10.0 / 14) / 2
        #expect(estimate.meanIntersectionOverUnion == mean)
        #expect(estimate.lines.joined().contains("c3: one stroke only"))
    }
}
