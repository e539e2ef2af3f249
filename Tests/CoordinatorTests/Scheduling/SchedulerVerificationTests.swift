import Foundation
@testable import Primitives
@testable import Scheduling
import Testing

@testable import Coordinator

private let first = WorkerIndex(0)
private let second = WorkerIndex(1)
private let third = WorkerIndex(2)

@Suite struct SchedulerVerificationTests {
    private static let truth = ContentHash(of: Data("truth".utf8))
    private static let lie = ContentHash(of: Data("lie".utf8))

    /// A run in which every job is verified.
    private func bench(slots: [Int]) -> SchedulerBench {
        var limits = SchedulerLimits()
        limits.verified = VerifiedShare(fraction: 1, seed: 0)
        return SchedulerBench(slots: slots, limits: limits)
    }

    @Test func `a verified job counts once two workers gave the same result`() {
        var bench = bench(slots: [1, 1])
        bench.addJobs(1)
        let (one, attempt) = (bench.worker(of: 0), bench.attempts(0)[0])
        bench.succeed(0, digest: Self.truth)
        #expect(bench.state.counters.jobsDone == 0)
        #expect(bench.worker(of: 0) != one)
        bench.succeed(0, digest: Self.truth)
        #expect(bench.last.contains(.completed(JobIndex(0), attempt)))
        #expect(bench.last.last == .finished(RunIndex(0)))
        #expect(bench.state.counters.jobsVerified == 1)
    }

    @Test(arguments: [0, 1])
    func `the odd one out of three is excluded, and the majority's result counts`(dissenter: Int) {
        var bench = bench(slots: [1, 1, 1])
        bench.addJobs(1)
        var attempts: [AttemptIndex] = []
        var workers: [WorkerIndex?] = []
        for turn in 0..<3 {
            attempts.append(bench.attempts(0)[0])
            workers.append(bench.worker(of: 0))
            bench.succeed(0, digest: turn == dissenter ? Self.lie : Self.truth)
        }
        #expect(Set(workers).count == 3)
        #expect(bench.last.contains(.completed(JobIndex(0), attempts[1 - dissenter])))
        #expect(bench.last.contains(.discard(attempts[dissenter])))
        #expect(workers[dissenter].map { bench.state.workers[$0.value].health } == .excluded)
        #expect(bench.state.counters.workersQuarantined == 1)
    }

    @Test func `two workers that differ and no third one give the job up, with both named`() {
        var bench = bench(slots: [1, 1])
        bench.addJobs(1)
        bench.succeed(0, digest: Self.truth)
        bench.succeed(0, digest: Self.lie)
        #expect(bench.all.contains(.noQuorum(JobIndex(0), between: [first, second])))
        #expect(bench.last.last == .finished(RunIndex(0)))
        #expect(bench.state.counters.jobsPoisoned == 1)
    }

    @Test func `a third worker that joins in time decides`() {
        var bench = bench(slots: [1, 1])
        bench.tell(.workerJoined(third))
        bench.addJobs(1)
        bench.succeed(0, digest: Self.truth)
        bench.succeed(0, digest: Self.lie)
        #expect(bench.state.stranded == [JobIndex(0)])
        bench.tell(.workerProbed(third, .described(slots: 1, blobs: [], isDraining: false)))
        #expect(bench.worker(of: 0) == third)
        bench.succeed(0, digest: Self.lie)
        #expect(bench.state.counters.jobsDone == 1)
        #expect(bench.state.workers[0].health == .excluded)
    }

    @Test func `a single worker goes on alone, with one warning`() {
        var bench = bench(slots: [1])
        bench.addJobs(3)
        for job in 0..<3 { bench.succeed(job, digest: Self.truth) }
        #expect(bench.last.last == .finished(RunIndex(0)))
        #expect(bench.state.counters.jobsUnverified == 3)
        #expect(bench.notes.count { if case .unverified = $0 { true } else { false } } == 1)
    }

    @Test func `a second worker that does not come is not waited for longer than the limit`() {
        var bench = bench(slots: [1])
        bench.tell(.workerJoined(second))
        bench.addJobs(2)
        bench.succeed(0, digest: Self.truth)
        bench.succeed(1, digest: Self.truth)
        #expect(bench.state.counters.jobsDone == 0)
        bench.wait(.seconds(5))
        #expect(bench.state.counters.jobsDone == 2)
        #expect(bench.last.last == .finished(RunIndex(0)))
    }

    @Test func `what a dissenter said of other jobs does not count any more`() {
        var bench = bench(slots: [1, 1, 1])
        bench.addJobs(4)
        let dissenter = bench.worker(of: 0)
        while !bench.all.contains(.finished(RunIndex(0))), let job = (0..<4).first(where: { !bench.attempts($0).isEmpty }) {
            bench.succeed(job, digest: bench.worker(of: job) == dissenter ? Self.lie : Self.truth)
        }
        #expect(bench.state.counters.jobsDone == 4)
        #expect(dissenter.map { bench.state.workers[$0.value].health } == .excluded)
    }

    @Test func `the share of jobs that are verified is as asked for, and the same each time`() {
        let share = VerifiedShare(fraction: 0.25, seed: 7)
        let chosen = (0..<10_000).filter { share.contains(JobIndex($0)) }
        #expect((2300...2700).contains(chosen.count))
        #expect(chosen == (0..<10_000).filter { share.contains(JobIndex($0)) })
        #expect(chosen != (0..<10_000).filter { VerifiedShare(fraction: 0.25, seed: 8).contains(JobIndex($0)) })
        #expect((0..<100).allSatisfy { VerifiedShare(fraction: 1, seed: 3).contains(JobIndex($0)) })
        #expect(!(0..<100).contains { VerifiedShare.none.contains(JobIndex($0)) })
    }
}
