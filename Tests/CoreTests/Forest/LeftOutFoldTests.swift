@testable import Forest
import Foundation
@testable import Jobs
@testable import Primitives
@testable import Protocol
import Testing

@Suite struct LeftOutFoldTests {
    private let table: TrainingTable
    private let folds: [UInt8]
    private let parameters: ForestParameters

    init() throws {
        var random = SplitMix64(seed: 4)
        table = try TrainingTable.random(samples: 300...300, features: 6...6, classes: 3, using: &random)
        folds = (0..<300).map { _ in [0, 1, 2, FoldAssignment.never].randomElement(using: &random) ?? 0 }
        parameters = try ForestParameters(trees: 6, maxSamples: .fraction(0.7), classWeight: .balanced, seed: 8)
    }

    /// The rows of the table that are in the fold, or are not.
    private func part(_ isIn: (UInt8) -> Bool) throws -> TrainingTable {
        let rows = folds.indices.filter { isIn(folds[$0]) }
        return try TrainingTable(
            featureCount: 6, classCount: 3, bins: rows.flatMap { table.bins[$0 * 6..<($0 + 1) * 6] },
            classes: rows.map { table.classes[$0] })
    }

    @Test func `trees are those of the table without the fold, and vote on the fold alone`() throws {
        let (kept, out) = (try part { $0 != 1 }, try part { $0 == 1 })
        var left = try LeftOutFold(table, folds: folds, fold: 1)
        var expected = [UInt32](repeating: 0, count: out.sampleCount * 3)
        for index in 0..<6 {
            try left.grow(treeIndex: index, with: TreeGrower(), parameters: parameters)
            let tree = TreeGrower().grow(treeIndex: index, table: kept, parameters: parameters).tree
            for row in 0..<out.sampleCount {
                let leaf = out.bins[(row * 6)...].withUnsafeBufferPointer { bins in
                    bins.baseAddress.map { tree.leafRow(of: $0) } ?? -1
                }
                for label in 0..<3 { expected[row * 3 + label] += UInt32(tree.leaves[leaf * 3 + label]) }
            }
        }
        #expect(left.votes == expected)
        var confusion = Array(repeating: [0, 0, 0], count: 3)
        LeftOutFold.add(left.votes, of: out.classes, to: &confusion)
        #expect(confusion.map { $0.reduce(0, +) } == out.samplesOfClass)
    }

    @Test func `a job over the wire gives these votes, and jobs of some trees give their sum`() throws {
        let document = try TableDocument(table).encoded()
        let named = try FoldsDocument(folds).encoded()
        let (hash, name) = (ContentHash(of: document), ContentHash(of: named))
        let blobs = BlobSet([hash: try Blob(decoding: document), name: try Blob(decoding: named)])
        func votes(_ first: Int, _ count: Int) throws -> [UInt32] {
            let job = FoldJob(table: hash, folds: name, fold: 2, parameters: parameters, firstTree: first, treeCount: count)
            let request = try JobRequest(body: try WireJSON.encode(JobEnvelope(job)))
            #expect(Set(request.blobs) == [hash, name])
            let result = try request.run(in: SlotWorkspace(), blobs: blobs).data
            let output = try WireJSON.decode(FoldJob.Output.self, from: result)
            try job.check(output)
            return output.votes.elements(as: UInt32.self)
        }
        let whole = try votes(0, 6)
        #expect(zip(try votes(0, 2), try votes(2, 4)).map(+) == whole)
        var left = try LeftOutFold(table, folds: folds, fold: 2)
        for index in 0..<6 { try left.grow(treeIndex: index, with: TreeGrower(), parameters: parameters) }
        #expect(left.votes == whole)
    }

    @Test func `folds that leave nothing to learn from, or nothing to judge, are refused`() throws {
        #expect(throws: ForestError.self) { try LeftOutFold(table, folds: folds, fold: 9) }
        #expect(throws: ForestError.self) { try LeftOutFold(table, folds: Array(repeating: 3, count: 300), fold: 3) }
        #expect(throws: ForestError.self) { try LeftOutFold(table, folds: [0, 1], fold: 0) }
    }
}

@Suite struct FoldAssignmentTests {
    @Test func `each fold has about its share of every class, whatever the classes' sizes`() {
        var random = SplitMix64(seed: 3)
        let groups = (0..<200).map { index in
            FoldAssignment.Group(samplesOfClass: [
                UInt8(index % 3): Int.random(in: 1...[10, 100, 1000][index % 3], using: &random)
            ])
        }
        let assignment = FoldAssignment(groups, folds: 4)
        #expect(assignment.unjudged.isEmpty)
        for label in 0..<3 as Range<UInt8> {
            let total = groups.reduce(0) { $0 + ($1.samplesOfClass[label] ?? 0) }
            for fold in 0..<4 as Range<UInt8> {
                let part = groups.indices.filter { assignment.foldOfGroup[$0] == fold }
                    .reduce(0) { $0 + (groups[$1].samplesOfClass[label] ?? 0) }
                #expect(abs(Double(part) / Double(total) - 0.25) < 0.02, "class \(label), fold \(fold)")
            }
        }
    }

    @Test func `a class with two groups is judged, one with a single group is not`() {
        let groups = [[0: 5], [0: 500], [1: 7], [2: 3], [2: 3]].map { (counts: [UInt8: Int]) in
            FoldAssignment.Group(samplesOfClass: counts)
        }
        let assignment = FoldAssignment(groups, folds: 4)
        #expect(assignment.unjudged == [1])
        #expect(assignment.foldOfGroup[0] != assignment.foldOfGroup[1] && assignment.foldOfGroup[3] != assignment.foldOfGroup[4])
    }
}
