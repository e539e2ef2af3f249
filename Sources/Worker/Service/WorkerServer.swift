internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
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
            server: try server(),
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

    /// HTTP/1.1, in TLS if there is a certificate.
    ///
    /// The two handlers see HTTP messages, above TLS: a write counts as gone when its encrypted bytes are, and a close goes
    /// through TLS, which says goodbye first.
    private func server() throws -> HTTPServerBuilder {
        let limits = connections
        let plain = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [FlushBeforeClose(timeMax: limits.flushTime), RequestWatch(limits)],
                idleTimeout: .nanoseconds(limits.idleTime.nanoseconds),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerFieldBytesMax, maxHeaderListSize: limits.headerBytesMax,
                    maxHeaderFieldCount: limits.headerCountMax)))
        guard let tls else { return plain }
        return try .tls(plain, tlsConfiguration: tls.configuration)
    }
}

extension WorkerServer {
    /// Bytes lent to request bodies at the moment.
    var bodyBytesInUse: Int { responder.budget.bytesUsed }
}

/// Where a worker listens.
struct ListenAddress: Equatable, Sendable {
    /// A name or an IPv4 or IPv6 address, without brackets.
    let host: String
    /// 0 lets the system choose.
    let port: Int

    /// Whether only this machine can reach it: 127.0.0.0/8, ::1 and localhost.
    var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { $0.allSatisfy(\.isASCII) && UInt8($0) != nil }
    }

    /// The host under which other machines reach it: of an address that stands for all of the machine's, the machine's name.
    func hostForOthers(on machine: String) -> String { ["0.0.0.0", "::", "0"].contains(host) ? machine : host }

    /// The address as a URL, with the port that was chosen.
    func url(port: Int, isSecure: Bool = false) -> String {
        let scheme = isSecure ? "https" : "http"
        return host.contains(":") ? "\(scheme)://[\(host)]:\(port)" : "\(scheme)://\(host):\(port)"
    }
}

/// Runs tasks on an event loop's thread, beside the connections of the loop.
///
/// A request that is handled where its bytes come in, and answered from there, wakes no other thread on its way. Only for work that
/// is done in microseconds: nothing else happens on the loop meanwhile.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
