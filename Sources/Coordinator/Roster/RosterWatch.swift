internal import Foundation
package import HTTPClient
internal import Primitives
internal import Synchronization

/// Keeps a dispatcher's workers as a source lists them, from the start of a command to its end.
///
/// 1. The list is read before the work begins, and again after every pause. A new worker is used from the next dispatch on.
/// 2. A worker removed from the list finishes its jobs and receives no new ones. When it is listed again, it is asked what it is, and used.
/// 3. A list that cannot be read changes nothing. Every complaint is a warning once.
package final class RosterWatch: WorkerSource {
    let source: any RosterSource
    /// For every worker of the list.
    let token: String?
    let log: @Sendable (DispatchNotice) -> Void
    /// Waits between two readings; throws when the task is cancelled.
    private let pause: @Sendable () async throws -> Void
    /// The list that the pool was opened with.
    private let first = Lock<RosterReading?>(nil)
    /// Whether it was said who can read the token: a proxy, or anybody on the way.
    private let warnings = Lock<(ofProxy: Bool, ofPlainText: Bool)>((false, false))
    private let proxies: HTTPProxies

    /// Time between two readings.
    static let period = Duration.seconds(2)
    /// Complaints that are told in one command, at most.
    static let complaintsMax = 100

    package init(
        source: any RosterSource, token: String?, log: @escaping @Sendable (DispatchNotice) -> Void,
        proxies: HTTPProxies = .ofProcess,
        pause: @escaping @Sendable () async throws -> Void = { try await ContinuousClock().sleep(for: RosterWatch.period) }
    ) {
        (self.source, self.token, self.log, self.proxies, self.pause) = (source, token, log, proxies, pause)
    }

    package var name: String? { source.name }

    package var isLocal: Bool { false }

    package var workerPeakMemory: Int? { nil }

    /// Slots of the workers that answer within a second, or one for each worker.
    package func expectedSlots(_ slots: @escaping @Sendable (WorkerEndpoint) async -> Int?) async throws -> Int {
        let reading = try await firstReading()
        first.withLock { $0 = reading }
        for worker in reading.workers { warnOfPlainText(worker.url) }
        let endpoints = reading.workers.map(endpoint)
        let found = await withTaskGroup(of: Int?.self) { group in
            for endpoint in endpoints { group.addTask { await slots(endpoint) ?? 0 } }
            group.addTask {
                try? await Task.sleep(for: .seconds(1))
                return nil
            }
            var sum = 0
            for _ in endpoints {
                guard let next = await group.next(), let slots = next else { break }
                sum += slots
            }
            group.cancelAll()
            return sum
        }
        return max(found, endpoints.count, 1)
    }

    package func serve(_ dispatcher: Dispatcher, while body: @escaping @Sendable () async -> Void) async {
        await serve(dispatcher, from: first.withLock { $0 } ?? RosterReading(), while: body)
    }

    /// The list before the work begins.
    func firstReading() async throws -> RosterReading {
        switch await read() {
        case .success(let reading): reading
        case .failure(let error): RosterReading(complaints: [error.description])
        case nil: throw CancellationError()
        }
    }

    /// Says, once each and before the token is sent, that it goes to others unencrypted: to a proxy, or over a network.
    fileprivate func warnOfPlainText(_ url: WorkerURL) {
        guard token != nil, url.isOverheard else { return }
        let proxy = proxies.proxy(for: url.text)
        let isKnown = warnings.withLock { warned in
            let isKnown = proxy == nil ? warned.ofPlainText : warned.ofProxy
            if proxy == nil { warned.ofPlainText = true } else { warned.ofProxy = true }
            return isKnown
        }
        guard !isKnown else { return }
        let text =
            proxy.map {
                "the token goes to \($0) unencrypted; use https (--tls-ca), or name the worker in no_proxy to reach it directly"
            } ?? "the token goes to other machines unencrypted; use https (--tls-ca)"
        log(DispatchNotice(isWarning: true, text: "\(url): \(text)"))
    }

    /// The endpoint of a worker of the list.
    func endpoint(_ entry: RosterEntry) -> WorkerEndpoint { WorkerEndpoint(url: entry.url.text, token: token) }

    /// Keeps the list for `dispatcher` as long as `body` runs.
    ///
    /// - Parameter first: the list to begin with.
    func serve<Value: Sendable, Failure: Error>(
        _ dispatcher: Dispatcher, from first: RosterReading,
        while body: @escaping @Sendable () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        var keeper = RosterKeeper(watch: self)
        await keeper.take(first, dispatcher)
        let begun = keeper
        let result: Result<Value, Failure> = await withTaskGroup(of: Void.self) { group in
            if !source.isFixed { group.addTask { await self.follow(dispatcher, begun) } }
            defer { group.cancelAll() }
            do throws(Failure) {
                return .success(try await body())
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Reads the list again and again, until the task is cancelled.
    private func follow(_ dispatcher: Dispatcher, _ begun: RosterKeeper) async {
        var keeper = begun
        while (try? await pause()) != nil, let reading = await read() {
            switch reading {
            case .success(let reading): await keeper.take(reading, dispatcher)
            case .failure(let error): keeper.complain(error.description)
            }
        }
    }

    /// One reading, on a thread of its own; nil when the task is cancelled, whatever the thread still waits for.
    private func read() async -> Result<RosterReading, RosterError>? {
        let (readings, continuation) = AsyncStream.makeStream(of: Result<RosterReading, RosterError>.self)
        let source = source
        Thread.detachNewThread {
            do throws(RosterError) {
                continuation.yield(.success(try source.read()))
            } catch {
                continuation.yield(.failure(error))
            }
            continuation.finish()
        }
        for await reading in readings { return reading }
        return nil
    }
}

/// What a watch knows from one reading to the next.
private struct RosterKeeper: Sendable {
    let watch: RosterWatch
    private var book = RosterBook()
    private var told: Set<String> = []

    init(watch: RosterWatch) { self.watch = watch }

    /// Makes the dispatcher's workers those of the reading.
    mutating func take(_ reading: RosterReading, _ dispatcher: Dispatcher) async {
        for complaint in reading.complaints { complain(complaint) }
        for change in book.changes(to: reading.workers) {
            switch change {
            case .retire(let worker): await dispatcher.retire(worker)
            case .reinstate(let worker): await dispatcher.reinstate(worker)
            case .join(let entry):
                watch.warnOfPlainText(entry.url)
                book.joined(entry, as: await dispatcher.join(watch.endpoint(entry)))
            }
        }
        if book.isFull { complain("\(watch.source.name): more than \(RosterBook.workersMax) workers: the rest is not used") }
    }

    /// Says it, the first time.
    mutating func complain(_ complaint: String) {
        guard told.count <= RosterWatch.complaintsMax, told.insert(complaint).inserted else { return }
        let isLast = told.count > RosterWatch.complaintsMax
        watch.log(
            DispatchNotice(isWarning: true, text: isLast ? "\(watch.source.name): further complaints are not shown" : complaint))
    }
}
