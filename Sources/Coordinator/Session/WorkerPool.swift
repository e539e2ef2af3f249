internal import Foundation
package import HTTPClient
internal import Primitives
internal import Protocol
internal import Scheduling

/// Workers that live as long as whoever opened the pool, and that all runs share: several may be on at once, those of the highest
/// priority first, each cancelled by the task that performs it.
///
/// Safe to use from any task.
package final class WorkerPool: Sendable {
    /// How a pool deals with its workers.
    package struct Settings: Sendable {
        /// Whom to trust, and what to show to workers that ask for it.
        package var tls = TLSFiles()
        /// The share of the jobs that run twice, on different workers, which must agree byte by byte.
        package var verified = 0.0

        package init() {}
    }

    let dispatcher: Dispatcher
    private let source: any WorkerSource
    private let client: CurlClient
    /// Slots that are asked for, as long as no worker has said how many it has.
    private let slotsExpected: Int

    private init(_ source: any WorkerSource, _ dispatcher: Dispatcher, _ client: CurlClient, slotsExpected: Int) {
        (self.source, self.dispatcher, self.client, self.slotsExpected) = (source, dispatcher, client, slotsExpected)
    }

    /// Opens a pool and keeps its workers as long as `body` runs, which ends without an error of its own.
    ///
    /// Workers that the source starts begin at once, while `body` reads its inputs, and end with it.
    /// - Parameter log: gets every event worth a line; called from the dispatcher, so it must be quick.
    package static func serve(
        _ source: any WorkerSource, _ given: Settings = Settings(),
        log: @escaping @Sendable (DispatchNotice) -> Void, _ body: @escaping @Sendable (WorkerPool) async -> Void
    ) async throws {
        let client = CurlClient(files: given.tls)
        try await serve(source, given, over: client, connect: { WorkerClient($0, over: client) }, log: log, body)
    }

    /// The same over connections of any make.
    ///
    /// - Parameter connect: makes the connection to a worker; `client` counts the bytes of those that go over it.
    static func serve(
        _ source: any WorkerSource, _ given: Settings, over client: CurlClient,
        connect: @escaping @Sendable (WorkerEndpoint) -> any WorkerConnection,
        log: @escaping @Sendable (DispatchNotice) -> Void, _ body: @escaping @Sendable (WorkerPool) async -> Void
    ) async throws {
        var settings = Dispatcher.Settings()
        settings.workerVersion = Coppice.version
        settings.limits.verified = VerifiedShare(fraction: given.verified, seed: settings.seed)
        settings.rosterName = source.name
        let slots = try await source.expectedSlots { endpoint in
            guard case .described(let worker)? = try? await connect(endpoint).describe() else { return nil }
            return worker.slots
        }
        let dispatcher = Dispatcher(settings: settings, connect: connect, log: log)
        let pool = WorkerPool(source, dispatcher, client, slotsExpected: slots)
        await source.serve(dispatcher) { await body(pool) }
    }

    /// Whether the workers run on this machine, as this user.
    var isLocal: Bool { source.isLocal }

    /// Jobs that the workers compute at the same time.
    var slots: Int {
        get async { max(slotsExpected, await dispatcher.usable.slots) }
    }

    /// The largest resident size of workers that have ended, in bytes; nil for workers of others.
    var workerPeakMemory: Int? { source.workerPeakMemory }

    /// Bytes of all calls to workers so far.
    var traffic: Traffic { client.traffic }

    /// Returns once cancellations of jobs are out: other people's workers should not go on for nothing.
    func settle() async { await client.settle() }
}
