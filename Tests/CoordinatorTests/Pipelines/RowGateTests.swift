import Primitives
internal import Synchronization
import Testing

@testable import Coordinator

/// What waits at a gate is run by hand: it is held back if it has not gone on when nothing is left to run.
@Suite struct RowGateTests {
    /// The rows that a task has begun.
    private final class Begun: Sendable {
        private let list = Lock<[Int]>([])

        var rows: [Int] { list.withLock { $0 } }

        func add(_ row: Int) { list.withLock { $0.append(row) } }
    }

    private let executor = ManualExecutor()

    /// A task that begins rows one after the other, each once the gate lets it. It has not run yet.
    private func walk(_ rows: Range<Int>, through gate: RowGate) -> (begun: Begun, task: Task<Void, Never>) {
        let begun = Begun()
        let task = Task(executorPreference: executor) {
            for row in rows {
                await gate.wait(forRow: row)
                begun.add(row)
            }
        }
        return (begun, task)
    }

    @Test func `rows are begun only so far ahead of the first unwritten one`() {
        let gate = RowGate(rowsAhead: 2)
        let (begun, _) = walk(0..<6, through: gate)
        for (written, rows) in [(0, 0..<2), (0, 0..<2), (1, 0..<3), (1, 0..<3), (3, 0..<5), (4, 0..<6)] {
            gate.open(upTo: written)
            executor.runAll()
            #expect(begun.rows == Array(rows), "rows before \(written) are written")
        }
    }

    @Test func `a gate that is told of fewer written rows than before stays as open as it was`() {
        let gate = RowGate(rowsAhead: 1)
        gate.open(upTo: 3)
        gate.open(upTo: 1)
        let (begun, _) = walk(3..<5, through: gate)
        executor.runAll()
        #expect(begun.rows == [3])
        gate.throwOpen()
        executor.runAll()
    }

    @Test func `a gate that is thrown open holds back nothing, now and later`() {
        let gate = RowGate(rowsAhead: 1)
        #expect(!gate.isThrownOpen)
        let (early, _) = walk(5..<6, through: gate)
        executor.runAll()
        #expect(early.rows.isEmpty)
        gate.throwOpen()
        let (late, _) = walk(1000..<1001, through: gate)
        executor.runAll()
        #expect(early.rows == [5] && late.rows == [1000] && gate.isThrownOpen)
    }

    @Test func `a cancelled task waits no longer, and does not begin to wait`() {
        let gate = RowGate(rowsAhead: 1)
        let (begun, task) = walk(5..<7, through: gate)
        executor.runAll()
        #expect(begun.rows.isEmpty)
        task.cancel()
        executor.runAll()
        #expect(begun.rows == [5, 6])
        // The gate itself stays shut for others.
        let (other, _) = walk(5..<6, through: gate)
        executor.runAll()
        #expect(other.rows.isEmpty && !gate.isThrownOpen)
        gate.throwOpen()
        executor.runAll()
    }

    /// Rows enough for eight tiles a slot, and one more: ⌈8 · slots / columns⌉ + 1, at least 2.
    @Test(
        arguments: [
            (1, 1, 9), (7, 1, 3), (8, 1, 2), (9, 1, 2), (1000, 1, 2), (4, 2, 5), (5, 2, 5), (16, 2, 2),
            (1, 64, 513),
        ])
    func `a gate lets in rows enough to keep every slot busy`(columns: Int, slots: Int, rows: Int) {
        let gate = RowGate(columns: columns, slots: slots)
        let (begun, _) = walk(0..<1000, through: gate)
        executor.runAll()
        #expect(begun.rows == Array(0..<rows))
        gate.throwOpen()
        executor.runAll()
    }
}
