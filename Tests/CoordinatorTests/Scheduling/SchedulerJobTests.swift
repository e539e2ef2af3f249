import Foundation
@testable import Primitives
@testable import Scheduling
import Testing

@testable import Coordinator

private let first = WorkerIndex(0)
private let second = WorkerIndex(1)

@Suite struct SchedulerJobTests {
    private let blob = ContentHash(of: Data("blob".utf8))

    @Test func `jobs go out oldest first, one above the slots while many wait`() {
        var bench = SchedulerBench(slots: [2])
        bench.addJobs(8)
        #expect((0..<8).filter { !bench.attempts($0).isEmpty } == [0, 1, 2])
        bench.succeed(1)
        #expect((0..<8).filter { !bench.attempts($0).isEmpty } == [0, 2, 3])
    }

    @Test func `the last jobs do not queue behind each other`() {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(4)
        #expect(bench.state.attempts.count == 2)
        bench.succeed(0)
        #expect(bench.state.attempts.count == 2)
    }

    @Test func `the worker with the most free slots is served first`() {
        var bench = SchedulerBench(slots: [1, 4])
        bench.addJobs(4)
        #expect((0..<4).map { bench.worker(of: $0) } == [second, second, second, first])
    }

    @Test func `among equals a worker that holds the blob is preferred`() {
        var bench = SchedulerBench(slots: [1])
        bench.tell(.workerJoined(second))
        bench.tell(.workerProbed(second, .described(slots: 1, blobs: [blob], isDraining: false)))
        bench.addJobs(1, blobs: [blob])
        #expect(bench.worker(of: 0) == second)
    }

    @Test func `a run ends when every job is completed`() {
        var bench = SchedulerBench(slots: [1])
        bench.addJobs(2)
        bench.succeed(0)
        bench.succeed(1)
        #expect(bench.last.last == .finished(RunIndex(0)))
        #expect(bench.state.counters.jobsDone == 2)
    }

    @Test func `a job that is withdrawn ends without a result, wherever it is`() throws {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(4)
        let attempt = try #require(bench.attempts(1).first)
        #expect(bench.tell(.jobWithdrawn(JobIndex(3))).isEmpty)
        let withdrawn = bench.tell(.jobWithdrawn(JobIndex(1)))
        #expect(withdrawn.first == .cancel(attempt) && withdrawn.count == 2)
        #expect(bench.attempts(2).count == 1)
        bench.succeed(2)
        #expect(bench.tell(.jobWithdrawn(JobIndex(2))).isEmpty)
        bench.succeed(0)
        #expect(bench.last.last == .finished(RunIndex(0)))
        #expect(bench.state.counters.jobsDone == 2 && bench.state.counters.jobsWithdrawn == 2)
    }

    @Test func `a run without jobs ends at once`() {
        var bench = SchedulerBench(slots: [])
        #expect(bench.tell(.noMoreJobs(RunIndex(0))) == [.finished(RunIndex(0))])
    }

    @Test func `an attempt past its lease is cancelled and the job goes elsewhere`() throws {
        var limits = SchedulerLimits()
        limits.lease = .seconds(10)
        var bench = SchedulerBench(slots: [1, 1], limits: limits)
        bench.addJobs(1)
        let attempt = try #require(bench.attempts(0).first)
        #expect(bench.wait(.seconds(9)).isEmpty)
        bench.tell(.attemptRenewed(attempt))
        #expect(bench.wait(.seconds(9)).isEmpty)
        #expect(bench.wait(.seconds(1)).first == .cancel(attempt))
        #expect(bench.worker(of: 0) == second)
        #expect(bench.tell(.attemptSucceeded(attempt)).isEmpty)
        #expect(bench.state.counters.attemptsTimedOut == 1)
    }

    @Test func `a job that fails on three workers is poisoned with its first cause, and the rest goes on`() {
        var bench = SchedulerBench(slots: [1, 1, 1, 1])
        bench.addJobs(2)
        for cause in ["first", "second", "third"] { bench.fail(0, .refused(cause)) }
        #expect(bench.last.contains(.poisoned(JobIndex(0), cause: "first")))
        bench.succeed(1)
        #expect(bench.last.last == .finished(RunIndex(0)))
    }

    @Test func `a lone worker's failures poison a job after a number of attempts`() {
        var bench = SchedulerBench(slots: [1])
        bench.addJobs(2)
        for _ in 0..<5 {
            #expect(bench.attempts(0).count == 1)
            bench.fail(0, .connectionLost("died"))
            bench.revive(first)
        }
        #expect(bench.all.contains(.poisoned(JobIndex(0), cause: "died")))
        #expect(bench.attempts(1).count == 1)
    }

    @Test func `a job is not blamed for a worker that it never reached`() {
        var bench = SchedulerBench(slots: [1])
        bench.addJobs(1)
        for _ in 0..<20 {
            bench.fail(0, .unreachable("refused"))
            bench.revive(first)
        }
        #expect(bench.attempts(0).count == 1)
        #expect(bench.state.jobs[JobIndex(0)]?.failures == 0)
    }

    @Test func `only jobs that may have been running are blamed for a death`() {
        var bench = SchedulerBench(slots: [1])
        bench.addJobs(4)
        #expect(bench.state.attempts.count == 2)
        bench.tell(.workerDied(first, cause: "killed"))
        #expect(bench.state.jobs[JobIndex(0)]?.failures == 1)
        #expect(bench.state.jobs[JobIndex(1)]?.failures == 0)
    }

    @Test func `a job that waited for its blob is not blamed for a death`() {
        var bench = SchedulerBench(slots: [1])
        bench.addJobs(1, blobs: [blob])
        bench.tell(.workerDied(first, cause: "killed"))
        #expect(bench.state.jobs[JobIndex(0)]?.failures == 0)
        #expect(bench.state.counters.attemptsCancelled == 1)
    }

    @Test func `a jump of the clock neither ends leases nor the run`() throws {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(1)
        let attempt = try #require(bench.attempts(0).first)
        #expect(bench.wait(.seconds(1000)).isEmpty)
        #expect(bench.state.isRunning)
        // From then on, time counts as ever.
        #expect(bench.wait(.seconds(119)).isEmpty)
        #expect(bench.wait(.seconds(1)).first == .cancel(attempt))
    }

    @Test func `a clock that goes back stands still until it has caught up`() throws {
        var bench = SchedulerBench(slots: [1, 1])
        bench.now = .seconds(100)
        bench.addJobs(1)
        let attempt = try #require(bench.attempts(0).first)
        bench.now = .seconds(90)
        bench.tell(.attemptRenewed(attempt))
        #expect(bench.wait(.seconds(129)).isEmpty)
        #expect(bench.wait(.seconds(1)).first == .cancel(attempt))
    }

    @Test func `a job that killed three successive workers is poisoned`() {
        var bench = SchedulerBench(slots: [1])
        bench.addJobs(1)
        for index in 0..<3 {
            bench.tell(.workerDied(WorkerIndex(index), cause: "killed"))
            bench.tell(.workerJoined(WorkerIndex(index + 1)))
            bench.tell(.workerProbed(WorkerIndex(index + 1), .described(slots: 1, blobs: [], isDraining: false)))
        }
        #expect(bench.all.contains(.poisoned(JobIndex(0), cause: "killed")))
    }

    @Test func `a job that can never succeed ends the run at once`() {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(4)
        let other = bench.attempts(1)
        bench.fail(0, .rejected("bad image"))
        #expect(bench.last.first == .cancel(other[0]))
        #expect(bench.last.last == .runFailed(RunIndex(0), JobIndex(0), "bad image"))
        #expect(!bench.state.isRunning)
    }

    @Test func `a straggler gets a second copy elsewhere and the first result wins`() throws {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(3)
        bench.now = .seconds(4)
        bench.succeed(1)
        bench.now = .seconds(8)
        bench.succeed(2)
        #expect(bench.attempts(0).count == 2)
        let (slow, copy) = (bench.attempts(0)[0], bench.attempts(0)[1])
        #expect(bench.tell(.attemptSucceeded(copy)) == [.cancel(slow), .completed(JobIndex(0), copy), .finished(RunIndex(0))])
        #expect(bench.tell(.attemptSucceeded(slow)).isEmpty)
        #expect(bench.state.counters.copiesWon == 1)
        #expect(bench.state.counters.jobsDone == 3)
    }

    @Test func `a straggler is copied by the clock too, and never within the first second`() {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(2)
        bench.now = .milliseconds(10)
        bench.succeed(1)
        #expect(bench.attempts(0).count == 1)
        bench.wait(.milliseconds(980))
        #expect(bench.attempts(0).count == 1)
        bench.wait(.milliseconds(10))
        #expect(bench.attempts(0).count == 2)
    }

    @Test func `a straggler whose copy fails is not given up, and may be copied again`() {
        var bench = SchedulerBench(slots: [1, 1, 1])
        bench.addJobs(2)
        bench.now = .seconds(1)
        bench.succeed(1)
        bench.wait(.seconds(1))
        let copy = bench.attempts(0)[1]
        bench.tell(.attemptFailed(copy, .connectionLost("reset")))
        #expect(bench.attempts(0).count == 2)
        #expect(!bench.attempts(0).contains(copy))
    }

    @Test func `a straggler is not copied any more once its copies failed on three workers`() {
        var bench = SchedulerBench(slots: [1, 1, 1, 1, 1])
        bench.addJobs(2)
        bench.now = .seconds(1)
        bench.succeed(1)
        bench.wait(.seconds(1))
        for _ in 0..<3 {
            let copy = bench.attempts(0)[1]
            bench.tell(.attemptFailed(copy, .refused("out of memory")))
        }
        #expect(bench.attempts(0).count == 1)
        bench.succeed(0)
        #expect(bench.last.last == .finished(RunIndex(0)))
        #expect(bench.state.counters.jobsPoisoned == 0)
    }

    @Test func `a cancelled run cancels what is in flight and forgets late answers`() throws {
        var bench = SchedulerBench(slots: [1])
        bench.addJobs(3)
        let attempt = try #require(bench.attempts(0).first)
        #expect(bench.tell(.runCancelled(RunIndex(0))).contains(.cancel(attempt)))
        #expect(bench.tell(.attemptSucceeded(attempt)).isEmpty)
        #expect(!bench.state.isRunning)
    }
}
