@testable import Primitives
internal import Testing

@testable import Worker

/// Random events on a job table, and what must hold after each of them.
@Suite struct JobTableWalkTests {
    @Test(arguments: SplitMix64.seeds(60))
    func `any sequence of events keeps the table's promises`(seed: UInt64) {
        var walk = Walk(seed: seed)
        for step in 0..<400 {
            walk.step()
            let violations = walk.violations
            #expect(violations == [], "COPPICE_TEST_SEED=\(seed), step \(step)")
            if !violations.isEmpty { return }
        }
    }

    /// The table, and the outside world as its actions say that it is.
    private struct Walk {
        let slotCount: Int
        let queueCountMax: Int
        var random: SplitMix64
        var table: JobTable<Int, String>
        var now = Duration.zero
        var workCount = 0
        var waiterCount = 0
        /// Work that was accepted and not released.
        var held: Set<Int> = []
        /// What runs in each slot.
        var running: [Int: Int] = [:]
        /// Waiters without a reply, and their jobs.
        var waiting: [WaiterID: ContentHash] = [:]
        var complaints: [String] = []

        init(seed: UInt64) {
            random = SplitMix64(seed: seed)
            slotCount = Int.random(in: 1...3, using: &random)
            queueCountMax = Int.random(in: 0...3, using: &random)
            table = JobTable(
                slotCount: slotCount, queueCountMax: queueCountMax,
                results: ResultCache(limits: .init(countMax: 4, bytesMax: 100, ageMax: .seconds(30))))
        }

        mutating func step() {
            now += .seconds(Int.random(in: 0...3, using: &random))
            let id = ContentHash(named: "job \(Int.random(in: 0..<12, using: &random))")
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<40: offer(id)
            case 40..<60: finish()
            case 60..<75:
                waiterCount += 1
                let waiter = WaiterID(number: waiterCount)
                waiting[waiter] = id
                perform(table.wait(for: id, waiter, at: now))
            case 75..<88:
                if let (waiter, id) = waiting.min(by: { $0.key.number < $1.key.number }) {
                    perform(table.stopWaiting(for: id, waiter, at: now))
                    if waiting[waiter] != nil { complaints.append("\(waiter) was not told that its wait timed out") }
                }
            case 88..<99: if let actions = table.cancel(id) { perform(actions) }
            default: perform(table.drain())
            }
        }

        private mutating func offer(_ id: ContentHash) {
            guard case .open = table.admission(of: id, at: now) else { return }
            if table.isDraining { complaints.append("a draining table is open") }
            workCount += 1
            held.insert(workCount)
            perform(table.accept(id, workCount))
        }

        private mutating func finish() {
            guard let slot = running.keys.min() else { return }
            running[slot] = nil
            let isStopped = Int.random(in: 0..<8, using: &random) == 0
            let answer = isStopped ? nil : "answer"
            perform(table.finish(slot: slot, with: answer, byteCount: Int.random(in: 0...60, using: &random), at: now))
        }

        private mutating func perform(_ actions: [JobTable<Int, String>.Action]) {
            for action in actions {
                switch action {
                case .run(let work, let slot):
                    if running.updateValue(work, forKey: slot) != nil { complaints.append("slot \(slot) runs two jobs") }
                    if !held.contains(work) { complaints.append("work \(work) runs after its release") }
                case .interrupt(let work):
                    if !running.values.contains(work) { complaints.append("work \(work) is interrupted, but does not run") }
                case .release(let work):
                    if held.remove(work) == nil { complaints.append("work \(work) is released twice") }
                case .reply(let waiter, _):
                    if waiting.removeValue(forKey: waiter) == nil { complaints.append("\(waiter) is told twice") }
                }
            }
        }

        /// What does not hold at the moment.
        var violations: [String] {
            var found = complaints
            func expect(_ holds: Bool, _ what: String) { if !holds { found.append(what) } }
            let occupied = table.slots.enumerated().compactMap { index, occupant in occupant.map { (index, $0.work) } }
            expect(Dictionary(uniqueKeysWithValues: occupied) == running, "slots: \(occupied), but \(running) run")
            expect(table.queue.count <= queueCountMax, "a queue of \(table.queue.count)")
            expect(table.queue.isEmpty || running.count == slotCount, "a job waits beside a free slot")
            expect(Set(table.queue).count == table.queue.count, "a job is queued twice")
            expect(held.count == running.count + table.queue.count, "\(held.count) jobs hold blobs")
            var finishedCount = 0
            var waiters: [WaiterID: ContentHash] = [:]
            for (id, entry) in table.entries {
                for waiter in entry.waiters { waiters[waiter] = id }
                switch entry.progress {
                case .queued: expect(table.queue.contains(id), "a queued job is not in the queue")
                case .running(let slot): expect(table.slots[slot]?.id == id, "a running job is not in its slot")
                case .finished:
                    finishedCount += 1
                    expect(entry.waiters.isEmpty, "somebody waits for a finished job")
                }
            }
            expect(waiters == waiting, "\(waiting.count) wait, the table knows of \(waiters.count)")
            expect(
                finishedCount == table.results.order.count, "\(finishedCount) finished jobs, \(table.results.order.count) answers"
            )
            return found
        }
    }
}
