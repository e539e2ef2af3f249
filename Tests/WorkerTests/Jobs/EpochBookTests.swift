@testable import Protocol
internal import Testing

@testable import Worker

@Suite struct EpochBookTests {
    @Test func `a later epoch of a run supersedes the earlier ones`() {
        var book = EpochBook()
        #expect(book.hear(FencingToken(run: "a", epoch: 2)) == .current)
        #expect(book.hear(FencingToken(run: "a", epoch: 2)) == .current)
        #expect(book.hear(FencingToken(run: "a", epoch: 3)) == .raised)
        #expect(book.hear(FencingToken(run: "a", epoch: 2)) == .superseded(by: 3))
        #expect(book.isSuperseded(FencingToken(run: "a", epoch: 2)))
        #expect(!book.isSuperseded(FencingToken(run: "a", epoch: 3)))
    }

    @Test func `runs do not concern each other`() {
        var book = EpochBook()
        #expect(book.hear(FencingToken(run: "a", epoch: 9)) == .current)
        #expect(book.hear(FencingToken(run: "b", epoch: 1)) == .current)
    }

    @Test func `the run that was silent for longest is forgotten first`() {
        var book = EpochBook(runsMax: 2)
        for (run, epoch) in [("a", 5), ("b", 5), ("a", 5), ("c", 5)] { _ = book.hear(FencingToken(run: run, epoch: epoch)) }
        #expect(book.count == 2)
        #expect(book.isSuperseded(FencingToken(run: "a", epoch: 4)))
        #expect(!book.isSuperseded(FencingToken(run: "b", epoch: 4)))
    }
}
