@testable import Forest
@testable import Primitives
import Testing

@Suite struct OutOfBagTests {
    @Test func `votes do not depend on the order of trees and parts`() throws {
        var random = SplitMix64(seed: 1)
        let table = try TrainingTable.random(samples: 500...500, features: 5...5, classes: 3, using: &random)
        let parameters = try ForestParameters(trees: 9, seed: 2)
        let grower = TreeGrower()
        var whole = OutOfBag(sampleCount: 500, classCount: 3)
        var parts = [OutOfBag](repeating: whole, count: 3)
        for index in 0..<9 {
            let tree = grower.grow(treeIndex: index, table: table, parameters: parameters).tree
            whole.add(tree, bootstrap: grower.bootstrap, table: table)
            parts[index % 3].add(tree, bootstrap: Bootstrap(tree: index, table: table, parameters: parameters), table: table)
        }
        for order in [[0, 1, 2], [2, 0, 1]] {
            var merged = parts[order[0]]
            for part in order.dropFirst() { try merged.merge(parts[part]) }
            #expect(merged == whole)
        }
        let summary = whole.summary(classes: table.classes)
        #expect(summary.rowsJudged > 450 && summary.rowsJudged <= 500)
        #expect(summary.confusion.map { $0.reduce(0, +) }.reduce(0, +) == summary.rowsJudged)
        #expect(try #require(summary.accuracy) > 0.4)
    }

    @Test func `only trees that a sample was not drawn for judge it`() throws {
        let table = try TrainingTable(featureCount: 1, classCount: 2, bins: [0, 0, 9, 9], classes: [0, 0, 1, 1])
        let parameters = try ForestParameters(seed: 0)
        let grower = TreeGrower()
        let tree = grower.grow(treeIndex: 0, table: table, parameters: parameters).tree
        var votes = OutOfBag(sampleCount: 4, classCount: 2)
        votes.add(tree, bootstrap: grower.bootstrap, table: table)
        for sample in 0..<4 {
            let sum = votes.votes[sample * 2] + votes.votes[sample * 2 + 1]
            #expect(sum == (grower.bootstrap.counts[sample] == 0 ? 65_535 : 0))
        }
    }

    @Test func `a large table is judged by evenly spaced samples`() {
        let votes = OutOfBag(sampleCount: 1_000_000, classCount: 3)
        #expect(votes.rowCount == 65_536)
        #expect(votes.sample(ofRow: 0) == 0)
        #expect(votes.sample(ofRow: 65_535) == 999_984)
        #expect(OutOfBag.rowCount(sampleCount: 1_000_000, classCount: 255) * 255 <= 1_048_576)
        #expect(OutOfBag.rowCount(sampleCount: 10, classCount: 255) == 10)
    }

    @Test func `votes of another table are refused`() throws {
        var votes = OutOfBag(sampleCount: 10, classCount: 2)
        #expect(throws: ForestError.self) { try votes.merge(OutOfBag(sampleCount: 11, classCount: 2)) }
        #expect(throws: ForestError.self) { try OutOfBag(sampleCount: 10, classCount: 2, votes: [1, 2]) }
        var full = try OutOfBag(sampleCount: 1, classCount: 2, votes: [.max, 0])
        #expect(throws: ForestError.self) { try full.merge(full) }
    }

    @Test func `no vote is no verdict`() {
        let summary = OutOfBag(sampleCount: 2, classCount: 2).summary(classes: [0, 1])
        #expect(summary.rowsJudged == 0)
        #expect(summary.accuracy == nil)
    }
}
