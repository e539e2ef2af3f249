@testable import Formats
@testable import Primitives
import Testing

struct RecentValuesTests {
    @Test func `what was not used for longest goes first`() {
        var values = RecentValues<Int, String>(byteCountMax: 3 * (1000 + 256))
        for key in 1...3 { values.insert("\(key)", of: key, byteCount: 1000) }
        #expect(values.value(of: 1) == "1")
        values.insert("4", of: 4, byteCount: 1000)
        #expect(values.value(of: 2) == nil)
        #expect([1, 3, 4].map { values.value(of: $0) } == ["1", "3", "4"])
        values.insert("one", of: 1, byteCount: 10)
        #expect(values.value(of: 1) == "one")
        values.insert("huge", of: 5, byteCount: 1 << 20)
        #expect(values.count == 1 && values.value(of: 5) == "huge")
    }

    @Test func `it holds what a plain list of uses would hold`() {
        for seed in 0..<20 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            var values = RecentValues<Int, Int>(byteCountMax: 8000)
            var reference: [(key: Int, value: Int, cost: Int)] = []
            for step in 0..<2000 {
                let key = Int.random(in: 0..<30, using: &random)
                let found = reference.firstIndex { $0.key == key }
                if Bool.random(using: &random) {
                    #expect(values.value(of: key) == found.map { reference[$0].value }, "seed \(seed), step \(step)")
                    if let found { reference.append(reference.remove(at: found)) }
                } else {
                    let size = Int.random(in: 0..<2000, using: &random)
                    values.insert(step, of: key, byteCount: size)
                    if let found { reference.remove(at: found) }
                    reference.append((key, step, size + 256))
                    while reference.map(\.cost).reduce(0, +) > 8000, reference.count > 1 { reference.removeFirst() }
                }
                #expect(values.byteCount == reference.map(\.cost).reduce(0, +), "seed \(seed), step \(step)")
            }
        }
    }
}
