import Testing

/// A worker that takes a job and says no more.
@Suite struct StragglerTests {
    @Test func `a straggler's jobs are copied, and the run ends without it`() async throws {
        let scene = try await FaultScene()
        let honest = try await HandStartedWorker.start()
        let slow = try FaultyWorker(before: honest.url) { $0.isJob ? .hang : .pass }
        let outcome = try await scene.start([honest.url, slow.url]).ended()
        let report = try scene.expectSameBytes(outcome)
        #expect(outcome.errors.contains("is slow at \(slow.url); a copy goes to \(honest.url)"), "\(outcome.errors)")
        #expect(report.jobs.copies >= 1)
        #expect(report.jobs.outcomes["cancelled"] ?? 0 >= report.jobs.copies)
        withExtendedLifetime(slow) {}
        #expect(report.jobs.retries == 0, "a slow worker has not failed")
        #expect(report.worker(slow.url)?.jobs == 0)
        #expect(report.worker(slow.url)?.lastTrouble?.contains("slow") == true)
    }
}
