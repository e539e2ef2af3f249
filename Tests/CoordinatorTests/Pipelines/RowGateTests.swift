import Testing

@testable import Coordinator

@Suite struct RowGateTests {
    @Test func `a row waits until an earlier one is written`() async {
        let gate = RowGate(rowsAhead: 2)
        await gate.wait(forRow: 0)
        await gate.wait(forRow: 1)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await gate.wait(forRow: 2) }
            gate.open(upTo: 1)
        }
        await gate.wait(forRow: 2)
    }

    @Test func `a gate that is thrown open holds back nothing, now and later`() async {
        let gate = RowGate(rowsAhead: 1)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await gate.wait(forRow: 5) }
            gate.throwOpen()
        }
        await gate.wait(forRow: 1000)
        #expect(gate.isThrownOpen)
    }

    @Test func `a cancelled task waits no longer`() async {
        let gate = RowGate(rowsAhead: 1)
        let task = Task { await gate.wait(forRow: 5) }
        task.cancel()
        await task.value
    }
}
