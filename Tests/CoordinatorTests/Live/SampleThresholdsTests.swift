import Primitives
import Testing

@testable import Coordinator

/// Which labelled pixels a live forest learns from.
@Suite struct SampleThresholdsTests {
    /// Lists of keys of classes: many of the first, few of the last.
    private func keys(_ counts: [Int], lists: Int, seed: UInt64) -> [UInt16: [[UInt64]]] {
        var random = SplitMix64(seed: seed)
        var keys: [UInt16: [[UInt64]]] = [:]
        for (index, count) in counts.enumerated() {
            var own = [[UInt64]](repeating: [], count: lists)
            for _ in 0..<count { own[Int(random.next() % UInt64(lists))].append(random.next()) }
            keys[UInt16(index + 1)] = own.map { $0.sorted() }
        }
        return keys
    }

    private func taken(_ keys: [UInt16: [[UInt64]]], _ thresholds: SampleThresholds) -> [UInt16: Int] {
        Dictionary(
            uniqueKeysWithValues: keys.map { label, lists in
                let limit = thresholds.keyMaxOfLabel[label]
                return (label, lists.joined().count { key in limit.map { key <= $0 } ?? false })
            })
    }

    @Test func `all are taken as long as there are few`() {
        let keys = keys([700, 300], lists: 3, seed: 1)
        #expect(taken(keys, SampleThresholds(keys, countMax: 1000, floor: 100)) == [1: 700, 2: 300])
    }

    @Test(arguments: [UInt64(2), 3, 4])
    func `the least keys are taken, and enough of rare classes`(seed: UInt64) {
        let keys = keys([9000, 900, 20, 70], lists: 5, seed: seed)
        let taken = taken(keys, SampleThresholds(keys, countMax: 1000, floor: 50))
        #expect(taken.values.reduce(0, +) == 1000, "seed \(seed)")
        #expect(taken[3] == 20 && taken[4] == 50, "seed \(seed): a class with fewer than the floor is taken whole")
        // Of the two large classes, the least keys together.
        let common = ((keys[1] ?? []) + (keys[2] ?? [])).joined().sorted().prefix(930)
        let ofFirst = Set((keys[1] ?? []).joined())
        #expect(taken[1] == common.count { ofFirst.contains($0) }, "seed \(seed)")
    }

    @Test func `more labelled pixels leave those that are taken in their place`() {
        let few = keys([4000, 4000], lists: 4, seed: 5)
        var more = few
        more[1]?.append(keys([500], lists: 1, seed: 6)[1]?[0] ?? [])
        let (before, after) = (SampleThresholds(few, countMax: 1000), SampleThresholds(more, countMax: 1000))
        for label in few.keys {
            let (old, new) = (before.keyMaxOfLabel[label] ?? 0, after.keyMaxOfLabel[label] ?? 0)
            #expect(new <= old && new > old / 2, "class \(label)")
        }
    }
}
