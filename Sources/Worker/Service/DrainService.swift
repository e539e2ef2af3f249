internal import Logging
internal import ServiceLifecycle

/// On a signal, lets the jobs in the slots finish and their answers be fetched while the server still listens.
struct DrainService<Load: Workload>: Service {
    let engine: JobEngine<Load>
    let logger: Logger

    /// The longest that running jobs are waited for.
    static var busyTimeMax: Duration { .seconds(30) }
    /// The longest that a finished answer waits to be fetched: a client is at most between two polls.
    private static var fetchTimeMax: Duration { .seconds(2) }
    /// Time between two looks.
    private static var period: Duration { .milliseconds(20) }

    func run() async throws {
        try await gracefulShutdown()
        engine.drain()
        logger.notice("draining: \(engine.snapshot.runningCount) jobs run")
        await wait(atMost: Self.busyTimeMax) { $0.isBusy }
        await wait(atMost: Self.fetchTimeMax) { $0.undeliveredCount > 0 }
    }

    private func wait(atMost limit: Duration, while isWaiting: (JobEngine<Load>.Snapshot) -> Bool) async {
        let end = ContinuousClock.now + limit
        while isWaiting(engine.snapshot), ContinuousClock.now < end {
            do { try await Task.sleep(for: Self.period) } catch { return }
        }
    }
}
