internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import UnixSignals

/// A worker ready to serve: engine, HTTP surface and the address to listen on.
struct WorkerServer<Load: Workload>: Sendable {
    let engine: JobEngine<Load>
    private let responder: WorkerResponder<Load>
    private let address: ListenAddress
    private let logger: Logger

    init(
        _ load: Load, address: ListenAddress, limits: WorkerLimits, token: BearerToken?, cpu: [String] = [], logger: Logger
    ) {
        engine = JobEngine(
            load,
            limits: .init(
                slotCount: limits.slots, blobBytesMax: limits.blobBytes, resultBytesMax: limits.resultBytes,
                orphanAge: limits.orphanAge))
        responder = WorkerResponder(engine: engine, limits: limits, token: token, cpu: cpu)
        self.address = address
        self.logger = logger
    }

    /// Serves until one of `signals` arrives or the task is cancelled; a signal drains the worker first.
    ///
    /// - Parameter listening: called once, with the port that was chosen.
    /// - Throws: `IOError` when the address cannot be listened on.
    func run(signals: [UnixSignal] = [], listening: @escaping @Sendable (_ port: Int) -> Void) async throws {
        let application = Application(
            responder: responder,
            server: .http1(
                configuration: .init(additionalChannelHandlers: [FlushBeforeClose()], idleTimeout: Self.idleTime)),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: .maximum(Self.connectionsMax, logger: logger)),
            onServerRunning: { channel in listening(channel.localAddress?.port ?? 0) },
            logger: logger)
        // Graceful shutdown goes from the last service to the first: the drain ends before the server stops to listen.
        var configuration = ServiceGroupConfiguration(
            services: [application, OrphanService(engine: engine), DrainService(engine: engine, logger: logger)],
            gracefulShutdownSignals: signals,
            logger: logger)
        configuration.maximumGracefulShutdownDuration = DrainService<Load>.busyTimeMax + .seconds(5)
        try await ServiceGroup(configuration: configuration).run()
    }

    /// A connection on which nothing happens for so long is closed.
    private static var idleTime: TimeAmount { .seconds(120) }
    /// Connections at the same time; more have to wait.
    private static var connectionsMax: Int { 4096 }
}
