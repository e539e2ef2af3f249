@testable import Primitives
internal import Testing

@testable import Worker

/// One slot, a queue of one, unless a test says otherwise. Work and answers are words.
@Suite struct JobTableTests {
    typealias Table = JobTable<String, String>

    private let a = ContentHash(named: "a")
    private let b = ContentHash(named: "b")
    private let c = ContentHash(named: "c")

    private func table(slots: Int = 1, queue: Int = 1, kept: Int = 10, age: Duration = .seconds(60)) -> Table {
        Table(
            slotCount: slots, queueCountMax: queue,
            results: ResultCache(limits: .init(countMax: kept, bytesMax: 1000, ageMax: age)))
    }

    @Test func `a job starts at once in a free slot`() {
        var table = table()
        #expect(table.accept(a, "A").texts == ["run A in 0"])
        #expect(table.runningCount == 1)
    }

    @Test func `a job waits when the slots are taken, and starts when one is free`() {
        var table = table()
        _ = table.accept(a, "A")
        #expect(table.accept(b, "B").texts == [])
        #expect(table.finish(slot: 0, with: "1", byteCount: 1, at: .zero).texts == ["release A", "run B in 0"])
    }

    @Test func `queued jobs start in the order of their coming`() {
        var table = table(queue: 3)
        for (id, work) in [(a, "A"), (b, "B"), (c, "C")] { _ = table.accept(id, work) }
        #expect(table.finish(slot: 0, with: "1", byteCount: 1, at: .zero).texts == ["release A", "run B in 0"])
        #expect(table.finish(slot: 0, with: "2", byteCount: 1, at: .zero).texts == ["release B", "run C in 0"])
    }

    @Test func `a new job is refused when slots and queue are taken`() {
        var table = table()
        _ = table.accept(a, "A")
        #expect(table.admission(of: b, at: .zero).text == "open")
        _ = table.accept(b, "B")
        #expect(table.admission(of: c, at: .zero).text == "full")
    }

    @Test func `the same job is joined while it is queued or runs, even when everything is taken`() {
        var table = table()
        _ = table.accept(a, "A")
        _ = table.accept(b, "B")
        #expect(table.admission(of: a, at: .zero).text == "pending")
        #expect(table.admission(of: b, at: .zero).text == "pending")
    }

    @Test func `a finished job is answered from its kept answer`() {
        var table = table()
        _ = table.accept(a, "A")
        _ = table.finish(slot: 0, with: "1", byteCount: 1, at: .zero)
        #expect(table.admission(of: a, at: .zero).text == "finished 1")
        #expect(table.wait(for: a, WaiterID(number: 1), at: .zero).texts == ["1 finished 1"])
    }

    @Test func `everybody who waits for a job gets its answer`() {
        var table = table()
        _ = table.accept(a, "A")
        #expect(table.wait(for: a, WaiterID(number: 1), at: .zero).texts == [])
        #expect(table.wait(for: a, WaiterID(number: 2), at: .zero).texts == [])
        #expect(
            table.finish(slot: 0, with: "x", byteCount: 1, at: .zero).texts == ["release A", "1 finished x", "2 finished x"])
    }

    @Test func `waiters of a queued job keep waiting when it starts`() {
        var table = table()
        _ = table.accept(a, "A")
        _ = table.accept(b, "B")
        _ = table.wait(for: b, WaiterID(number: 1), at: .zero)
        _ = table.finish(slot: 0, with: "1", byteCount: 1, at: .zero)
        #expect(table.finish(slot: 0, with: "2", byteCount: 1, at: .zero).texts == ["release B", "1 finished 2"])
    }

    @Test func `a waiter whose wait times out is told that the job goes on, once`() {
        var table = table()
        _ = table.accept(a, "A")
        _ = table.wait(for: a, WaiterID(number: 1), at: .zero)
        #expect(table.stopWaiting(for: a, WaiterID(number: 1), at: .zero).texts == ["1 pending"])
        #expect(table.stopWaiting(for: a, WaiterID(number: 1), at: .zero).texts == [])
        #expect(table.finish(slot: 0, with: "1", byteCount: 1, at: .zero).texts == ["release A"])
    }

    @Test func `nobody can wait for an unknown job`() {
        var table = table()
        #expect(table.wait(for: a, WaiterID(number: 1), at: .zero).texts == ["1 unknown"])
    }

    @Test func `a queued job that is cancelled never runs`() {
        var table = table()
        _ = table.accept(a, "A")
        _ = table.accept(b, "B")
        _ = table.wait(for: b, WaiterID(number: 1), at: .zero)
        #expect(table.cancel(b)?.texts == ["release B", "1 cancelled"])
        #expect(table.finish(slot: 0, with: "1", byteCount: 1, at: .zero).texts == ["release A"])
    }

    @Test func `a running job that is cancelled is interrupted, and keeps its slot until it returns`() {
        var table = table()
        _ = table.accept(a, "A")
        _ = table.accept(b, "B")
        #expect(table.cancel(a)?.texts == ["interrupt A"])
        #expect(table.admission(of: c, at: .zero).text == "full")
        #expect(table.finish(slot: 0, with: nil, byteCount: 0, at: .zero).texts == ["release A", "run B in 0"])
    }

    @Test func `a cancelled job's late answer is not kept`() {
        var table = table()
        _ = table.accept(a, "A")
        _ = table.cancel(a)
        _ = table.finish(slot: 0, with: "1", byteCount: 1, at: .zero)
        #expect(table.admission(of: a, at: .zero).text == "open")
    }

    @Test func `a cancelled job that is sent again while it still runs is a new job`() {
        var table = table()
        _ = table.accept(a, "A1")
        _ = table.cancel(a)
        #expect(table.accept(a, "A2").texts == [])
        _ = table.wait(for: a, WaiterID(number: 1), at: .zero)
        #expect(table.finish(slot: 0, with: "old", byteCount: 3, at: .zero).texts == ["release A1", "run A2 in 0"])
        #expect(table.finish(slot: 0, with: "new", byteCount: 3, at: .zero).texts == ["release A2", "1 finished new"])
    }

    @Test func `cancelling a finished job forgets its answer, and an unknown one is nothing`() {
        var table = table()
        _ = table.accept(a, "A")
        _ = table.finish(slot: 0, with: "1", byteCount: 1, at: .zero)
        #expect(table.cancel(a)?.texts == [])
        #expect(table.cancel(a) == nil)
        #expect(table.results.byteCount == 0)
    }

    @Test func `a draining worker gives back queued jobs, finishes running ones and takes no new ones`() {
        var table = table()
        _ = table.accept(a, "A")
        _ = table.accept(b, "B")
        _ = table.wait(for: a, WaiterID(number: 1), at: .zero)
        _ = table.wait(for: b, WaiterID(number: 2), at: .zero)
        #expect(table.drain().texts == ["release B", "2 released"])
        #expect(table.admission(of: c, at: .zero).text == "draining")
        #expect(table.admission(of: a, at: .zero).text == "pending")
        #expect(table.finish(slot: 0, with: "1", byteCount: 1, at: .zero).texts == ["release A", "1 finished 1"])
        #expect(!table.isBusy)
    }

    @Test func `answers are forgotten when they are too old or too many, the oldest first`() {
        var table = table(kept: 2, age: .seconds(60))
        for (second, id) in [a, b, c].enumerated() {
            _ = table.accept(id, "")
            _ = table.finish(slot: 0, with: "x", byteCount: 1, at: .seconds(second))
        }
        #expect(table.admission(of: a, at: .seconds(3)).text == "open")
        #expect(table.admission(of: b, at: .seconds(61)).text == "finished x")
        #expect(table.admission(of: b, at: .seconds(62)).text == "open")
        #expect(table.admission(of: c, at: .seconds(62)).text == "finished x")
    }

    @Test func `answers beyond the memory for them are forgotten, but never the newest`() {
        var table = table()
        for (id, byteCount) in [(a, 600), (b, 400), (c, 5000)] {
            _ = table.accept(id, "")
            _ = table.finish(slot: 0, with: "x", byteCount: byteCount, at: .zero)
        }
        #expect(table.admission(of: b, at: .zero).text == "open")
        #expect(table.admission(of: c, at: .zero).text == "finished x")
    }

    @Test func `an answer counts as undelivered until somebody gets it`() {
        var table = table()
        _ = table.accept(a, "A")
        _ = table.finish(slot: 0, with: "1", byteCount: 1, at: .zero)
        #expect(table.results.undeliveredCount == 1)
        _ = table.admission(of: a, at: .zero)
        #expect(table.results.undeliveredCount == 0)
    }
}

extension [JobTable<String, String>.Action] {
    /// One phrase per action.
    var texts: [String] {
        map { action in
            switch action {
            case .run(let work, let slot): "run \(work) in \(slot)"
            case .interrupt(let work): "interrupt \(work)"
            case .release(let work): "release \(work)"
            case .reply(let waiter, .finished(let answer)): "\(waiter.number) finished \(answer)"
            case .reply(let waiter, let reply): "\(waiter.number) \(reply)"
            }
        }
    }
}

extension JobTable<String, String>.Admission {
    var text: String {
        if case .finished(let answer) = self { "finished \(answer)" } else { "\(self)" }
    }
}
