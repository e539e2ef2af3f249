internal import ServiceLifecycle

/// Announces the worker once it listens, and takes the announcement away as soon as it drains or ends.
struct AnnouncementService<Load: Workload>: Service {
    let engine: JobEngine<Load>
    let announcement: Announcement
    /// The URL at which others reach the worker, for the port that was chosen; comes once.
    let urls: AsyncStream<String>
    private let files = DedicatedThread<Void>(name: "announcement", niceness: 0) {}

    init(engine: JobEngine<Load>, announcement: Announcement, urls: AsyncStream<String>) {
        self.engine = engine
        self.announcement = announcement
        self.urls = urls
    }

    /// Time between two looks whether a coordinator has asked the worker to drain.
    private static var period: Duration { .milliseconds(500) }

    func run() async throws {
        let (announcement, slots) = (announcement, engine.limits.slotCount)
        let published = try await cancelWhenGracefulShutdown { () async throws -> Bool in
            for await url in urls {
                try await files.run { _ in Result { () throws(StartError) in try announcement.publish(url: url, slots: slots) } }
                    .get()
                return true
            }
            return false
        }
        if published {
            await cancelWhenGracefulShutdown {
                while !Task.isCancelled, !engine.isDraining { try? await Task.sleep(for: Self.period) }
            }
        }
        await files.run { _ in announcement.withdraw() }
        // A service that returns before the others would end them.
        try await gracefulShutdown()
    }
}
