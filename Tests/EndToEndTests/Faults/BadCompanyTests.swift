import Testing

/// One honest worker among others of every kind.
@Suite struct BadCompanyTests {
    @Test func `one honest worker is enough, and the others are named`() async throws {
        let scene = try await FaultScene()
        let honest = try await HandStartedWorker.start()
        let garbage = try FaultyWorker(before: honest.url) { $0.isJob ? .answer(200, "{\"classes\": [") : .pass }
        let hanging = try FaultyWorker(before: honest.url) { $0.isJob ? .hang : .pass }
        let refusing = try FaultyWorker { _ in .answer(503, "no") }
        let absent = "http://127.0.0.1:1"
        let bad = [garbage.url, hanging.url, refusing.url, absent]
        let outcome = try await scene.start(bad + [honest.url]).ended()
        let report = try scene.expectSameBytes(outcome)
        for url in bad {
            #expect(outcome.errors.contains(url), "\(outcome.errors)")
            #expect(report.worker(url)?.jobs == 0)
            #expect(report.worker(url)?.lastTrouble != nil, "\(url)")
        }
        #expect(report.worker(garbage.url)?.health == "excluded")
        #expect(report.worker(honest.url)?.jobs == report.jobs.done)
        #expect(report.worker(honest.url)?.failures == 0)
        withExtendedLifetime([garbage, hanging, refusing]) {}
    }
}
