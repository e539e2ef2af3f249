internal import HTTPServing
internal import Logging
internal import ServiceLifecycle

/// On a signal, lets the jobs in the slots finish and their answers be fetched while the server still listens, and then goes on to
/// listen until nothing is asked any more.
///
/// Whoever hears of the end of a job may send the next one in the same instant: it is told that the worker drains, where it would find
/// a broken connection and have to try again.
struct DrainService<Load: Workload>: Service {
    let engine: JobEngine<Load>
    let requests: RequestClock
    /// Nothing is asked any more when there was no request for so long.
    let quietTime: Duration
    let logger: Logger

    /// The longest that running jobs are waited for.
    static var busyTimeMax: Duration { .seconds(30) }
    /// The longest that a finished answer waits to be fetched: a client is at most between two polls.
    private static var fetchTimeMax: Duration { .seconds(2) }
    /// The longest wait for a time without requests.
    private static var quietWaitMax: Duration { .seconds(5) }
    /// Time between two looks.
    private static var period: Duration { .milliseconds(20) }

    func run() async throws {
        try await gracefulShutdown()
        engine.drain()
        logger.notice("draining: \(engine.snapshot.runningCount) jobs run")
        await wait(atMost: Self.busyTimeMax) { engine.snapshot.isBusy }
        await wait(atMost: Self.fetchTimeMax) { engine.snapshot.undeliveredCount > 0 }
        await wait(atMost: Self.quietWaitMax) { requests.isBusy(within: quietTime) }
    }

    private func wait(atMost limit: Duration, while isWaiting: () -> Bool) async {
        let end = ContinuousClock.now + limit
        while isWaiting(), ContinuousClock.now < end {
            do { try await Task.sleep(for: Self.period) } catch { return }
        }
    }
}
