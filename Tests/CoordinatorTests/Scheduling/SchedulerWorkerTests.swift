import Foundation
@testable import Primitives
@testable import Scheduling
import Testing

@testable import Coordinator

private let first = WorkerIndex(0)
private let second = WorkerIndex(1)

@Suite struct SchedulerWorkerTests {
    private let blob = ContentHash(of: Data("blob".utf8))

    @Test func `a lost worker's job is given to another, and the worker is suspect until a probe`() {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(1)
        bench.fail(0, .connectionLost("reset"))
        #expect(bench.worker(of: 0) == second)
        #expect(bench.state.workers[0].health == .suspect)
        #expect(bench.wait(.milliseconds(300)) == [.probe(first)])
        bench.tell(.workerProbed(first, .described(slots: 1, blobs: [], isDraining: false)))
        #expect(bench.state.workers[0].health == .usable)
    }

    @Test func `pauses between probes double up to a cap`() {
        var bench = SchedulerBench(slots: [])
        bench.tell(.workerJoined(first))
        var pauses: [Duration] = []
        for _ in 0..<12 where bench.state.isRunning {
            bench.tell(.workerProbed(first, .failed("refused")))
            let due = bench.state.timers.priority(of: .worker(first)) ?? .zero
            pauses.append(due - bench.now)
            bench.wait(due - bench.now)
        }
        for (index, pause) in pauses.enumerated() {
            let full = min(Duration.milliseconds(250) * (1 << index), .seconds(10))
            #expect(pause >= full / 2 && pause <= full)
        }
        #expect(pauses.count >= 6)
    }

    @Test func `a worker on trial gets one job at a time until one succeeds`() {
        var bench = SchedulerBench(slots: [3])
        bench.addJobs(6)
        bench.fail(0, .unreachable("refused"))
        for attempt in bench.state.attempts.keys.sorted() { bench.tell(.attemptFailed(attempt, .unreachable("refused"))) }
        bench.revive(first, slots: 3)
        #expect(bench.state.attempts.count == 1)
        bench.succeed(0)
        #expect(bench.state.attempts.count == 3)
    }

    @Test func `a busy worker is offered less for as long as it asks, and nobody is to blame`() {
        var bench = SchedulerBench(slots: [2])
        bench.addJobs(6)
        bench.fail(2, .busy(retryAfter: .seconds(3)))
        #expect(bench.state.attempts.count == 2)
        bench.succeed(0)
        #expect(bench.state.attempts.count == 2)
        bench.wait(.seconds(3))
        #expect(bench.state.attempts.count == 3)
        #expect(bench.state.counters.attemptsBusy == 1)
        #expect(bench.state.workers[0].counters.attemptsFailed == 0)
    }

    @Test func `an idle worker that says busy is left alone for as long as it asks`() {
        var bench = SchedulerBench(slots: [1])
        bench.addJobs(1)
        for _ in 0..<20 {
            bench.fail(0, .busy(retryAfter: .seconds(2)))
            #expect(bench.state.attempts.isEmpty)
            bench.wait(.milliseconds(1900))
            #expect(bench.state.attempts.isEmpty)
            bench.wait(.milliseconds(100))
            #expect(bench.state.attempts.count == 1)
        }
    }

    @Test func `a blob is brought once to each worker, and jobs wait for it`() {
        var bench = SchedulerBench(slots: [2])
        bench.addJobs(2, blobs: [blob])
        #expect(bench.all.filter { $0 == .upload(blob, first) }.count == 1)
        #expect(bench.state.attempts.values.allSatisfy { $0.sentAt == nil })
        bench.tell(.blobUploaded(blob, first))
        #expect(bench.last == [.send(AttemptIndex(0), JobIndex(0), first), .send(AttemptIndex(1), JobIndex(1), first)])
    }

    @Test func `a missing blob is brought and the same job sent again there`() throws {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(1, blobs: [blob])
        bench.tell(.blobUploaded(blob, first))
        let attempt = try #require(bench.attempts(0).first)
        #expect(bench.tell(.attemptFailed(attempt, .missingBlobs([blob]))) == [.upload(blob, first)])
        #expect(bench.tell(.blobUploaded(blob, first)) == [.send(attempt, JobIndex(0), first)])
    }

    @Test func `a worker that keeps losing blobs, or asks for others, has failed the job`() {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(1, blobs: [blob])
        bench.tell(.blobUploaded(blob, first))
        for _ in 0..<3 {
            bench.fail(0, .missingBlobs([blob]))
            bench.tell(.blobUploaded(blob, first))
        }
        #expect(bench.worker(of: 0) == second)
        #expect(bench.state.counters.attemptsRefused == 1)
        bench.tell(.blobUploaded(blob, second))
        bench.fail(0, .missingBlobs([ContentHash(of: Data("other".utf8))]))
        #expect(bench.state.counters.attemptsInvalid == 1)
    }

    @Test func `a failed upload sends the waiting jobs elsewhere without blame`() {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(1, blobs: [blob])
        bench.tell(.uploadFailed(blob, first, .failed("cut")))
        #expect(bench.worker(of: 0) == second)
        #expect(bench.state.jobs[JobIndex(0)]?.failures == 0)
        #expect(bench.state.workers[0].health == .suspect)
    }

    @Test func `a worker is excluded after two invalid results, and its jobs go elsewhere`() {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(6)
        bench.fail(0, .invalidResult("shape"))
        #expect(bench.state.workers[0].health == .usable)
        let next = (1..<6).first { bench.worker(of: $0) == first } ?? -1
        bench.fail(next, .invalidResult("shape"))
        #expect(bench.state.workers[0].health == .excluded)
        for _ in 0..<6 {
            if let job = bench.state.attempts.values.first?.job { bench.succeed(job.value) }
        }
        #expect(bench.last.last == .finished(RunIndex(0)))
        #expect(bench.state.counters.jobsPoisoned == 0)
    }

    @Test func `a draining worker gets nothing new, finishes what it has, and may come back`() {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(6)
        let own = (0..<6).filter { bench.worker(of: $0) == first }
        bench.tell(.workerDraining(first))
        for job in own { bench.succeed(job) }
        #expect(bench.state.workers[0].attempts.isEmpty)
        #expect(bench.state.workers[0].counters.jobsDone == own.count)
        #expect(bench.wait(.seconds(5)) == [.probe(first)])
    }

    @Test func `a worker that joins in the middle is used from the next dispatch on`() {
        var bench = SchedulerBench(slots: [1])
        bench.addJobs(4)
        #expect(bench.tell(.workerJoined(second)) == [.probe(second)])
        bench.tell(.workerProbed(second, .described(slots: 1, blobs: [], isDraining: false)))
        #expect(!bench.state.workers[1].attempts.isEmpty)
    }

    @Test func `a worker that leaves gives its jobs back without blame`() throws {
        var bench = SchedulerBench(slots: [1, 1])
        bench.addJobs(1)
        let attempt = try #require(bench.attempts(0).first)
        bench.tell(.workerLeft(first))
        #expect(bench.last.first == .cancel(attempt))
        #expect(bench.worker(of: 0) == second)
        #expect(bench.state.jobs[JobIndex(0)]?.failures == 0)
    }

    @Test func `without a usable worker the run is given up after the grace`() {
        var bench = SchedulerBench(slots: [])
        bench.tell(.workerJoined(first))
        bench.addJobs(1)
        for _ in 0..<19 {
            bench.tell(.workerProbed(first, .failed("refused")))
            bench.wait(.seconds(1))
        }
        #expect(bench.state.isRunning)
        bench.tell(.workerProbed(first, .failed("refused")))
        bench.wait(.seconds(1))
        #expect(bench.last.last == .workersLost("no usable worker"))
    }

    @Test func `a worker that is excluded for its results leaves others the whole grace to come`() {
        var bench = SchedulerBench(slots: [1])
        bench.addJobs(3)
        bench.fail(0, .invalidResult("shape"))
        bench.fail(1, .invalidResult("shape"))
        #expect(bench.state.workers[0].health == .excluded)
        bench.wait(.seconds(15))
        #expect(bench.state.isRunning)
        #expect(bench.wait(.seconds(5)).last == .workersLost("no usable worker"))
    }

    @Test func `the grace is short when every worker is unfit for good`() {
        var bench = SchedulerBench(slots: [])
        bench.tell(.workerJoined(first))
        bench.addJobs(1)
        bench.tell(.workerProbed(first, .unfit("token")))
        #expect(bench.wait(.seconds(2)).last == .workersLost("no usable worker"))
    }

    @Test func `a worker that comes back within the grace saves the run`() {
        var bench = SchedulerBench(slots: [1])
        bench.addJobs(1)
        bench.fail(0, .connectionLost("reset"))
        bench.revive(first)
        bench.wait(.seconds(30))
        #expect(bench.state.isRunning)
    }

    @Test func `workers that are busy for ever do not hold the run for ever`() {
        var bench = SchedulerBench(slots: [1])
        bench.addJobs(1)
        for _ in 0..<30 where bench.state.isRunning {
            bench.fail(0, .busy(retryAfter: .seconds(30)))
            bench.wait(.seconds(30))
        }
        #expect(bench.all.last == .workersLost("no progress within 600 s"))
    }

    @Test func `what workers hold and how they behaved is known to the next run`() {
        var bench = SchedulerBench(slots: [1])
        bench.addJobs(1, blobs: [blob])
        bench.tell(.blobUploaded(blob, first))
        bench.succeed(0)
        bench.begin(RunIndex(1))
        bench.addJobs(1, blobs: [blob])
        #expect(bench.all.last == .send(AttemptIndex(1), JobIndex(RunIndex(1), 0), first))
        #expect(bench.state.workers[0].counters.jobsDone == 1)
    }
}
