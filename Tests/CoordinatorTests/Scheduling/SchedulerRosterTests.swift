@testable import Primitives
@testable import Scheduling
import Testing

@testable import Coordinator

private let first = WorkerIndex(0)
private let second = WorkerIndex(1)

@Suite struct SchedulerRosterTests {
    @Test func `a retired worker finishes what it has and gets nothing new`() {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(6)
        let had = bench.state.workers[0].attempts
        #expect(bench.tell(.workerRetired(first)) == [])
        #expect(bench.state.workers[0].attempts == had)
        for attempt in had { bench.tell(.attemptSucceeded(attempt)) }
        #expect(bench.state.counters.jobsDone == had.count)
        #expect(bench.state.workers[0].attempts.isEmpty)
        // It is not asked again either.
        bench.wait(.seconds(60))
        #expect(bench.state.workers[0].health == .draining)
        #expect(bench.state.timers.priority(of: .worker(first)) == nil)
    }

    @Test func `a retired worker that says it drains is not asked again`() {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(6)
        bench.tell(.workerRetired(first))
        for attempt in bench.state.workers[0].attempts { bench.tell(.attemptFailed(attempt, .draining)) }
        bench.wait(.seconds(6))
        #expect(!bench.all.contains(.probe(first)) || bench.all.count { $0 == .probe(first) } == 1)
    }

    @Test func `a worker that is listed again is asked what it is, and used`() {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(9)
        bench.tell(.workerRetired(first))
        for attempt in bench.state.workers[0].attempts { bench.tell(.attemptSucceeded(attempt)) }
        #expect(bench.tell(.workerReinstated(first)) == [.probe(first)])
        bench.tell(.workerProbed(first, .described(slots: 1, blobs: [], isDraining: false)))
        #expect(!bench.state.workers[0].attempts.isEmpty)
    }

    @Test func `an excluded worker stays excluded, listed or not`() {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(4)
        for attempt in bench.state.workers[0].attempts { bench.tell(.attemptFailed(attempt, .unfit("no"))) }
        bench.tell(.workerRetired(first))
        #expect(bench.tell(.workerReinstated(first)) == [])
        #expect(bench.state.workers[0].health == .excluded)
    }

    @Test func `when all workers are retired, what they have still counts`() {
        var bench = SchedulerBench(slots: [1])
        bench.addJobs(1)
        bench.tell(.workerRetired(first))
        bench.succeed(0)
        #expect(bench.all.last == .finished(RunIndex(0)))
    }

    @Test func `lists that change all the time lose no job`() {
        for seed in UInt64(1)...50 {
            var bench = SchedulerBench(slots: [1, 2, 3])
            var random = SplitMix64(seed: seed)
            bench.addJobs(40)
            for _ in 0..<2000 where bench.state.isRunning {
                let worker = WorkerIndex(Int(random.next() % 3))
                switch random.next() % 4 {
                case 0: bench.tell(.workerRetired(worker))
                case 1:
                    bench.tell(.workerReinstated(worker))
                    bench.tell(.workerProbed(worker, .described(slots: worker.value + 1, blobs: [], isDraining: false)))
                default:
                    if let attempt = bench.state.attempts.keys.min() { bench.tell(.attemptSucceeded(attempt)) }
                }
            }
            #expect(bench.all.last == .finished(RunIndex(0)) && bench.state.counters.jobsDone == 40, "seed \(seed)")
        }
    }
}
