@testable import Primitives
@testable import Protocol
internal import Testing

@testable import Worker

/// Two slots and a queue. Work and answers are words.
@Suite struct JobOwnershipTests {
    typealias Table = JobTable<String, String>

    private let a = ContentHash(named: "a")
    private let b = ContentHash(named: "b")
    private let c = ContentHash(named: "c")
    private let old = FencingToken(run: "run", epoch: 1)
    private let new = FencingToken(run: "run", epoch: 2)

    private func table() -> Table {
        Table(slotCount: 2, queueCountMax: 2, results: ResultCache(limits: .init(countMax: 10, bytesMax: 1000)))
    }

    @Test func `a new epoch ends what the old one began, in slots and in the queue`() {
        var table = table()
        for (id, work) in [(a, "A"), (b, "B"), (c, "C")] { _ = table.accept(id, work, for: old) }
        _ = table.wait(for: c, WaiterID(number: 1), at: .zero)
        #expect(
            table.dropOlder(than: new, sparing: nil).texts.sorted() == ["1 cancelled", "interrupt A", "interrupt B", "release C"])
    }

    @Test func `jobs of other runs, of nobody, and those that the new epoch wants go on`() {
        var table = table()
        _ = table.accept(a, "A", for: FencingToken(run: "other", epoch: 1))
        _ = table.accept(b, "B")
        _ = table.accept(c, "C", for: old)
        #expect(table.dropOlder(than: new, sparing: c).texts == [])
        table.claim(c, by: new, at: .zero)
        #expect(table.dropOlder(than: new, sparing: nil).texts == [])
    }

    @Test func `answers that are there stay`() {
        var table = table()
        _ = table.accept(a, "A", for: old)
        _ = table.finish(slot: 0, with: "1", byteCount: 1, at: .zero)
        #expect(table.dropOlder(than: new, sparing: nil).texts == [])
        #expect(table.admission(of: a, at: .zero).text == "finished 1")
    }

    @Test func `a job that nobody asks about is dropped, one that is waited for is not`() {
        var table = table()
        _ = table.accept(a, "A", at: .zero)
        _ = table.accept(b, "B", at: .zero)
        _ = table.wait(for: b, WaiterID(number: 1), at: .seconds(1))
        #expect(table.dropOrphans(ageMax: .seconds(10), at: .seconds(10)).texts == [])
        #expect(table.dropOrphans(ageMax: .seconds(10), at: .seconds(11)).texts == ["interrupt A"])
        _ = table.stopWaiting(for: b, WaiterID(number: 1), at: .seconds(60))
        #expect(table.dropOrphans(ageMax: .seconds(10), at: .seconds(70)).texts == [])
        table.claim(b, by: nil, at: .seconds(70))
        #expect(table.dropOrphans(ageMax: .seconds(10), at: .seconds(80)).texts == [])
        #expect(table.dropOrphans(ageMax: .seconds(10), at: .seconds(81)).texts == ["interrupt B"])
    }
}
