import Primitives
internal import Synchronization
import Testing

@testable import Coordinator

@Suite struct RowGateTests {
    /// A task that waits at a gate, and says when it has gone on.
    private final class Walker: Sendable {
        private let passed = Atomic(false)
        private let task = Lock<Task<Void, Never>?>(nil)

        init(_ gate: RowGate, row: Int) {
            task.withLock {
                $0 = Task {
                    await gate.wait(forRow: row)
                    passed.store(true, ordering: .sequentiallyConsistent)
                }
            }
        }

        var hasPassed: Bool { passed.load(ordering: .sequentiallyConsistent) }

        func cancel() { task.withLock { $0?.cancel() } }

        /// Returns once the task is held back at the gate, or has gone on; whether it is held back.
        func isHeldBack(at gate: RowGate) async -> Bool {
            while !gate.holdsBack, !hasPassed { await Task.yield() }
            return !hasPassed
        }

        func end() async { await task.withLock { $0 }?.value }
    }

    @Test func `a row waits until an earlier one is written`() async {
        let gate = RowGate(rowsAhead: 2)
        for row in 0..<2 { await gate.wait(forRow: row) }
        let walker = Walker(gate, row: 3)
        #expect(await walker.isHeldBack(at: gate))
        gate.open(upTo: 1)
        #expect(gate.holdsBack && !walker.hasPassed, "row 3 is begun when row 1 is the first that is not written")
        gate.open(upTo: 2)
        await walker.end()
        #expect(walker.hasPassed && !gate.holdsBack)
        await gate.wait(forRow: 2)
    }

    @Test func `a gate that is thrown open holds back nothing, now and later`() async {
        let gate = RowGate(rowsAhead: 1)
        let walker = Walker(gate, row: 5)
        #expect(await walker.isHeldBack(at: gate))
        gate.throwOpen()
        await walker.end()
        await gate.wait(forRow: 1000)
        #expect(gate.isThrownOpen)
    }

    @Test func `a cancelled task waits no longer`() async {
        let gate = RowGate(rowsAhead: 1)
        let walker = Walker(gate, row: 5)
        #expect(await walker.isHeldBack(at: gate))
        walker.cancel()
        await walker.end()
    }
}
