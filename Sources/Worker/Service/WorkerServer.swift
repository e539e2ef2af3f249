internal import HTTPServing
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import UnixSignals

/// A worker ready to serve: engine, HTTP surface and the address to listen on.
struct WorkerServer<Load: Workload>: Sendable {
    let engine: JobEngine<Load>
    private let responder: WorkerResponder<Load>
    private let address: ListenAddress
    private let tls: ServerTLS?
    private let connections: ConnectionLimits
    private let logger: Logger
    /// The one event loop on which everything but computing happens; nil if the work is too much for one.
    private let loop: (any EventLoop)?

    /// Slots up to which one event loop moves their bytes: each needs some 10 MB a second.
    private static var slotsOfOneLoopMax: Int { 16 }

    init(
        _ load: Load, address: ListenAddress, limits: WorkerLimits, token: BearerToken?, tls: ServerTLS? = nil,
        connections: ConnectionLimits = ConnectionLimits(), cpu: [String] = [], logger: Logger
    ) {
        engine = JobEngine(
            load,
            limits: .init(
                slotCount: limits.slots, blobBytesMax: limits.blobBytes, resultBytesMax: limits.resultBytes,
                workspaceBytesMax: limits.workspaceBytes, orphanAge: limits.orphanAge))
        responder = WorkerResponder(engine: engine, limits: limits, token: token, cpu: cpu)
        self.address = address
        self.tls = tls
        self.connections = connections
        self.logger = logger
        loop = limits.slots <= Self.slotsOfOneLoopMax ? MultiThreadedEventLoopGroup.singleton.any() : nil
    }

    /// Serves until one of `signals` arrives or the task is cancelled; a signal drains the worker first.
    ///
    /// - Parameters:
    ///   - announcement: where the worker makes itself known, and the URL under which, once it is known.
    ///   - listening: called once, with the port that was chosen.
    /// - Throws: `IOError` when the address cannot be listened on; `StartError` when the worker cannot be announced.
    func run(
        signals: [UnixSignal] = [], announcement: (file: Announcement, urls: AsyncStream<String>)? = nil,
        listening: @escaping @Sendable (_ port: Int) -> Void
    ) async throws {
        let application = Application(
            responder: responder,
            server: try .http1(within: connections, tls: tls),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: .maximum(connections.countMax, logger: logger)),
            onServerRunning: { channel in listening(channel.localAddress?.port ?? 0) },
            eventLoopGroupProvider: loop.map { .shared($0) } ?? .singleton,
            logger: logger)
        // Graceful shutdown goes from the last service to the first: the drain ends before the server stops to listen.
        var services: [any Service] = [
            application, OrphanService(engine: engine),
            DrainService(engine: engine, requests: responder.requests, quietTime: connections.quietTime, logger: logger),
        ]
        // Nobody should find a worker that drains.
        if let (file, urls) = announcement {
            services.append(AnnouncementService(engine: engine, announcement: file, urls: urls))
        }
        var configuration = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: signals,
            logger: logger)
        configuration.maximumGracefulShutdownDuration = DrainService<Load>.busyTimeMax + .seconds(10)
        let group = ServiceGroup(configuration: configuration)
        try await withTaskExecutorPreference(loop.map(LoopExecutor.init)) { try await group.run() }
    }
}

extension WorkerServer {
    /// Bytes lent to request bodies at the moment.
    var bodyBytesInUse: Int { responder.budget.bytesUsed }
}
