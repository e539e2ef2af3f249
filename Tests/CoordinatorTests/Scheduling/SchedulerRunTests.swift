import Foundation
@testable import Primitives
@testable import Scheduling
import Testing

@testable import Coordinator

/// Several runs that share the workers.
@Suite struct SchedulerRunTests {
    private let low = RunIndex(0)
    private let high = RunIndex(1)
    private let blob = ContentHash(of: Data("model".utf8))

    /// The jobs that instructions send to workers.
    private func sent(_ instructions: [SchedulerInstruction]) -> [JobIndex] {
        instructions.compactMap { if case .send(_, let job, _) = $0 { job } else { nil } }
    }

    /// Attempts of a run that are in flight.
    private func inFlight(_ run: RunIndex, _ bench: SchedulerBench) -> Int {
        bench.state.attempts.count { $0.value.job.run == run }
    }

    @Test func `a free slot is for the run that matters most`() {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(20)
        bench.begin(high, .interactive)
        bench.addJobs(2)
        // Both workers are at jobs of the other run: each slot that gets free is for the urgent one.
        for number in 0..<2 {
            bench.run = low
            bench.succeed(number)
            #expect(sent(bench.last).first == JobIndex(high, number))
        }
        // Nothing urgent waits any more: the other run goes on.
        bench.run = high
        bench.succeed(0)
        #expect(sent(bench.last).allSatisfy { $0.run == low } && !sent(bench.last).isEmpty)
    }

    @Test func `what waits at workers is taken back, what runs there is left to finish`() {
        var bench = SchedulerBench(slots: [2, 2])
        bench.addJobs(20)
        #expect(inFlight(low, bench) == 6)
        let waiting = bench.state.attempts.filter { !$0.value.mayRun }.map(\.key).sorted()
        bench.begin(high, .interactive)
        bench.addJobs(1)
        #expect(waiting.count == 2 && Set(bench.all.compactMap(Self.cancelled)) == Set(waiting))
        #expect(inFlight(low, bench) == 4)
        // Taken back is no failure.
        #expect(bench.state.jobs.allSatisfy { $0.value.failures == 0 })
        #expect(bench.state.counters(of: low)?.attemptsCancelled == 2)
    }

    private static func cancelled(_ instruction: SchedulerInstruction) -> AttemptIndex? {
        if case .cancel(let attempt) = instruction { attempt } else { nil }
    }

    @Test func `of many workers only some give up what waits there`() {
        var bench = SchedulerBench(slots: Array(repeating: 1, count: 40))
        bench.addJobs(200)
        bench.begin(high, .interactive)
        bench.addJobs(2)
        #expect(bench.all.compactMap(Self.cancelled).count == 10)
    }

    @Test func `runs of one priority share the slots evenly`() {
        var bench = SchedulerBench(slots: [1, 1, 1, 1])
        bench.addJobs(60)
        bench.begin(high)
        bench.addJobs(60)
        for _ in 0..<12 {
            let attempts = bench.state.attempts.filter { $0.value.mayRun && $0.value.sentAt != nil }.map(\.key).sorted()
            if let first = attempts.first { bench.tell(.attemptSucceeded(first)) }
        }
        #expect(abs(inFlight(low, bench) - inFlight(high, bench)) <= 1)
    }

    @Test func `a run that is called off takes nothing from the others`() {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(4)
        let own = bench.state.attempts.map(\.key)
        bench.begin(high)
        bench.addJobs(4)
        bench.run = low
        bench.succeed(0)
        bench.tell(.runCancelled(high))
        #expect(bench.last.compactMap(Self.cancelled).allSatisfy { !own.contains($0) })
        #expect(inFlight(high, bench) == 0 && bench.state.jobs.allSatisfy { $0.key.run == low })
        // Events about it come too late, and are no mistake.
        bench.tell(.jobAdded(JobIndex(high, 4), blobs: []))
        bench.tell(.noMoreJobs(high))
        bench.run = low
        for number in 1..<4 { bench.succeed(number) }
        #expect(bench.last.last == .finished(low))
        #expect(bench.state.counters(of: low)?.jobsDone == 4)
    }

    @Test func `a job that can never succeed ends its own run only`() {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(2)
        bench.begin(high)
        bench.addJobs(2)
        bench.run = low
        bench.fail(0, .rejected("bad image"))
        #expect(bench.last.contains(.runFailed(low, JobIndex(low, 0), "bad image")))
        bench.run = high
        for number in 0..<2 { bench.succeed(number) }
        #expect(bench.last.last == .finished(high))
    }

    @Test func `a blob that is never acceptable ends the runs that need it`() {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(1, blobs: [blob])
        bench.begin(high)
        bench.addJobs(1)
        guard let waiting = bench.state.attempts.first(where: { $0.value.job.run == low })?.value.worker else {
            Issue.record("no worker has the job that needs the blob")
            return
        }
        #expect(bench.state.run(waitingFor: blob, at: waiting) == low)
        bench.tell(.uploadFailed(blob, waiting, .rejected("no model")))
        #expect(bench.last.contains(.runFailed(low, nil, "no model")))
        #expect(bench.state.run(waitingFor: blob, at: waiting) == nil)
        bench.succeed(0)
        #expect(bench.last.last == .finished(high))
    }

    @Test func `without workers every run ends`() {
        var bench = SchedulerBench(slots: [])
        bench.addJobs(1)
        bench.begin(high)
        bench.addJobs(1)
        bench.wait(.seconds(20))
        #expect(bench.last == [.workersLost("no usable worker")])
        #expect(!bench.state.isRunning)
    }

    @Test func `a straggler of the urgent run is copied before others get the slot`() {
        var bench = SchedulerBench(slots: [1, 1])
        bench.begin(high, .interactive)
        bench.addJobs(3)
        bench.now += .milliseconds(100)
        bench.succeed(0)
        bench.now += .milliseconds(100)
        bench.succeed(1)
        bench.run = low
        bench.now += .seconds(10)
        bench.addJobs(5)
        #expect(bench.attempts(0).count == 1)
        bench.run = high
        #expect(bench.attempts(2).count == 2)
    }
}
