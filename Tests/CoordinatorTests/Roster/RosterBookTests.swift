@testable import Scheduling
import Testing

@testable import Coordinator

@Suite struct RosterBookTests {
    private func entry(_ number: Int, _ instance: String? = nil) throws -> RosterEntry {
        RosterEntry(url: try #require(WorkerURL("http://10.0.0.\(number):80")), instance: instance)
    }

    @Test func `new workers join, missing ones retire, and those that come back are known`() throws {
        var book = RosterBook()
        let (one, two) = (try entry(1), try entry(2))
        #expect(book.changes(to: [two, one]) == [.join(one), .join(two)])
        book.joined(one, as: WorkerIndex(0))
        book.joined(two, as: WorkerIndex(1))
        #expect(book.changes(to: [one, two]) == [])
        #expect(book.changes(to: [two]) == [.retire(WorkerIndex(0))])
        #expect(book.changes(to: [two]) == [])
        #expect(book.changes(to: [one, two]) == [.reinstate(WorkerIndex(0))])
    }

    @Test func `another instance at the same URL is another worker`() throws {
        var book = RosterBook()
        let (old, new) = (try entry(1, "a"), try entry(1, "b"))
        #expect(book.changes(to: [old]) == [.join(old)])
        book.joined(old, as: WorkerIndex(0))
        #expect(book.changes(to: [old, new]) == [.retire(WorkerIndex(0)), .join(new)])
        book.joined(new, as: WorkerIndex(1))
        #expect(book.changes(to: [new]) == [])
    }

    @Test func `one URL named twice is one worker`() throws {
        var book = RosterBook()
        let spellings = try ["http://Node:80/", "HTTP://node:80"].map { RosterEntry(url: try #require(WorkerURL($0))) }
        #expect(book.changes(to: spellings).count == 1)
    }

    @Test func `there are no more workers than the limit`() throws {
        var book = RosterBook()
        let entries = try (0...RosterBook.workersMax).map { number in
            RosterEntry(url: try #require(WorkerURL("http://node\(number):80")))
        }
        #expect(book.changes(to: entries).count == RosterBook.workersMax)
        #expect(book.isFull)
    }

    @Test(arguments: [
        "", "node:80", "ftp://node", "http://", "http://me@node", "http://me:pw@node", "http://node?a", "http://node#a",
        "http://node:0", "http://node:70000", "http://no de", "http://node\u{0}", "http://nöde",
        "http://" + String(repeating: "a", count: 3000),
    ])
    func `what is no worker's URL is none`(text: String) { #expect(WorkerURL(text) == nil) }

    @Test(arguments: [
        ("http://127.0.0.1:1", false), ("http://localhost", false), ("http://[::1]:7", false), ("https://node", false),
        ("http://node/path", true), ("http://[fe80::1]:7", true),
    ])
    func `plain http to another machine is overheard`(text: String, isOverheard: Bool) throws {
        let url = try #require(WorkerURL(text))
        #expect(url.text == text && url.isOverheard == isOverheard)
    }
}
