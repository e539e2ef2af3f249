internal import ServiceLifecycle

/// Looks now and then for jobs whose coordinator is gone without a word, until the worker ends.
struct OrphanService<Load: Workload>: Service {
    let engine: JobEngine<Load>

    func run() async throws {
        let period = min(engine.limits.orphanAge / 4, .seconds(5))
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do { try await Task.sleep(for: period) } catch { return }
                engine.dropOrphans()
            }
        }
        // A service that returns before the others would end them.
        try await gracefulShutdown()
    }
}
