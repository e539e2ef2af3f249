internal import CCurl
internal import Dispatch
internal import Foundation
package import Primitives
internal import struct Synchronization.Atomic

/// An HTTP/1.1 client over libcurl's multi interface: one thread, any number of exchanges, connections kept alive.
///
/// Tasks await an answer with `send`; threads that may block wait for it with `wait`. Both let go at once when they are cancelled.
///
/// Follows no redirects, speaks only `http` and `https`, always verifies whom it speaks to over `https`, never asks for `100-continue`
/// (libcurl would wait a whole second for servers that do not answer that), and goes to loopback addresses directly whatever proxies the
/// environment names (`HTTPProxies`).
package final class CurlClient: Sendable {
    private let loop: CurlLoop
    private let files: TLSFiles
    private let proxies: HTTPProxies

    /// - Parameters:
    ///   - connectionsMax: how many idle and busy connections are kept at most.
    ///   - files: what `https` is secured with.
    ///   - proxies: through which requests go.
    package init(connectionsMax: Int = 4096, files: TLSFiles = TLSFiles(), proxies: HTTPProxies = .ofProcess) {
        self.files = files
        self.proxies = proxies
        loop = CurlLoop(connectionsMax: connectionsMax)
        let loop = loop
        let thread = Thread { loop.run() }
        thread.name = "coppice-http"
        thread.stackSize = 1 << 20
        thread.start()
    }

    /// Ends the thread; it cancels what is still in flight.
    deinit { loop.stop() }

    /// Bytes of headers and bodies, over all exchanges that have ended.
    package var traffic: Traffic { loop.traffic }

    /// Sends `request` and waits for the whole answer. Cancelling the surrounding task aborts the exchange.
    ///
    /// - Throws: `HTTPError`; an answer with any status is no error.
    package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let exchange = CurlExchange(request, files, proxies)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                exchange.onEnd = { continuation.resume(returning: $0) }
                loop.submit(exchange)
            }
        } onCancel: {
            loop.cancel(exchange)
        }
        return try result.get()
    }

    /// Sends `request` and holds the thread until the whole answer is here. Raising the flag aborts the exchange.
    ///
    /// - Throws: `HTTPError`, as `send`.
    package func wait(for request: HTTPRequest, unless flag: CancellationFlag) throws(HTTPError) -> HTTPResponse {
        let exchange = CurlExchange(request, files, proxies)
        let answer = Answer()
        exchange.onEnd = { answer.set($0) }
        return try flag.withHandler { [loop] in
            loop.cancel(exchange)
        } _: { () throws(HTTPError) in
            loop.submit(exchange)
            return try answer.wait().get()
        }
    }

    /// What a thread waits for.
    private final class Answer: Sendable {
        private let result = Lock<Result<HTTPResponse, HTTPError>>(.failure(.cancelled))
        private let arrival = DispatchSemaphore(value: 0)

        func set(_ found: Result<HTTPResponse, HTTPError>) {
            result.withLock { $0 = found }
            arrival.signal()
        }

        func wait() -> Result<HTTPResponse, HTTPError> {
            arrival.wait()
            return result.withLock { $0 }
        }
    }

    /// Sends `request` without waiting, and forgets the answer.
    package func sendAndForget(_ request: HTTPRequest) {
        loop.submit(CurlExchange(request, files, proxies))
    }

    /// Returns once every request is answered or given up, so that forgotten ones get out before the process ends.
    package func settle() async {
        await withCheckedContinuation { continuation in
            loop.whenIdle { continuation.resume() }
        }
    }
}

/// Bytes moved, headers included.
package struct Traffic: Equatable, Sendable {
    package var bytesSent = 0
    package var bytesReceived = 0
}

/// The thread that drives all exchanges of a client.
///
/// Other threads leave orders in `inbox` and wake the loop; everything else belongs to the loop's own thread.
///
/// `@unchecked Sendable`: `multi` is set once, and of libcurl's calls on it only `curl_multi_wakeup`, which is made for that,
/// comes from other threads; `active` and `idleHandles` are touched by `run()` alone, which runs once.
private final class CurlLoop: @unchecked Sendable {
    private enum Order {
        case submit(CurlExchange)
        case cancel(CurlExchange)
        case whenIdle(@Sendable () -> Void)
    }

    private struct Inbox {
        var orders: [Order] = []
        var isStopped = false
        var traffic = Traffic()
    }

    private let multi: UnsafeMutableRawPointer
    private let inbox = Lock(Inbox())
    /// Exchanges under way, by the address of their libcurl handle.
    private var active: [UnsafeMutableRawPointer: CurlExchange] = [:]
    /// Handles ready for another exchange.
    private var idleHandles: [UnsafeMutableRawPointer] = []
    private var idleWaiters: [@Sendable () -> Void] = []

    private static let idleHandlesMax = 64
    /// Nothing but `wakeup` and sockets needs the loop; this only bounds how long a missed wake could last.
    private static let pollMilliseconds: Int32 = 1000

    private static let library: Void = { curl_global_init(Int(CURL_GLOBAL_ALL)) }().self

    init(connectionsMax: Int) {
        _ = Self.library
        guard let multi = curl_multi_init() else { preconditionFailure("libcurl is out of memory") }
        self.multi = multi
        _ = coppice_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connectionsMax)
    }

    deinit { curl_multi_cleanup(multi) }

    var traffic: Traffic { inbox.withLock { $0.traffic } }

    func submit(_ exchange: CurlExchange) {
        if !leave(.submit(exchange)) { exchange.end(.failure(.cancelled)) }
    }

    func cancel(_ exchange: CurlExchange) {
        exchange.isCancelled.store(true, ordering: .relaxed)
        leave(.cancel(exchange))
    }

    /// Calls `action` when nothing is under way and no order is left.
    func whenIdle(_ action: @escaping @Sendable () -> Void) {
        if !leave(.whenIdle(action)) { action() }
    }

    func stop() {
        inbox.withLock { $0.isStopped = true }
        curl_multi_wakeup(multi)
    }

    @discardableResult
    private func leave(_ order: Order) -> Bool {
        let isAccepted = inbox.withLock { inbox in
            if !inbox.isStopped { inbox.orders.append(order) }
            return !inbox.isStopped
        }
        if isAccepted { curl_multi_wakeup(multi) }
        return isAccepted
    }

    /// The thread's body: returns after `stop()`.
    func run() {
        while true {
            let (orders, isStopped) = inbox.withLock { inbox in
                defer { inbox.orders.removeAll() }
                return (inbox.orders, inbox.isStopped)
            }
            for order in orders { obey(order) }
            if isStopped { break }
            var runningCount: Int32 = 0
            curl_multi_perform(multi, &runningCount)
            endFinished()
            if active.isEmpty, !idleWaiters.isEmpty, inbox.withLock({ $0.orders.isEmpty }) {
                for waiter in idleWaiters { waiter() }
                idleWaiters.removeAll()
            }
            curl_multi_poll(multi, nil, 0, Self.pollMilliseconds, nil)
        }
        for (handle, exchange) in active {
            curl_multi_remove_handle(multi, handle)
            curl_easy_cleanup(handle)
            exchange.end(.failure(.cancelled))
        }
        active.removeAll()
        for handle in idleHandles { curl_easy_cleanup(handle) }
        idleHandles.removeAll()
        for waiter in idleWaiters { waiter() }
        idleWaiters.removeAll()
    }

    private func obey(_ order: Order) {
        switch order {
        case .submit(let exchange):
            if exchange.isCancelled.load(ordering: .relaxed) { return exchange.end(.failure(.cancelled)) }
            guard let handle = idleHandles.popLast() ?? curl_easy_init() else {
                return exchange.end(.failure(HTTPError(.unusable, "libcurl is out of memory")))
            }
            if let problem = exchange.configure(handle) {
                release(handle)
                return exchange.end(.failure(problem))
            }
            active[handle] = exchange
            exchange.handle = handle
            curl_multi_add_handle(multi, handle)
        case .cancel(let exchange):
            guard let handle = exchange.handle else { return }
            finish(handle, exchange, .failure(.cancelled))
        case .whenIdle(let action):
            idleWaiters.append(action)
        }
    }

    private func endFinished() {
        var leftCount: Int32 = 0
        while let message = curl_multi_info_read(multi, &leftCount) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
                let exchange = active[handle]
            else { continue }
            let code = coppice_curl_message_result(message)
            if exchange.beginsAgain(after: code, on: handle) {
                count(exchange.traffic(of: handle))
                curl_multi_remove_handle(multi, handle)
                curl_multi_add_handle(multi, handle)
            } else {
                finish(handle, exchange, exchange.result(code, of: handle))
            }
        }
    }

    private func count(_ moved: Traffic) {
        inbox.withLock { inbox in
            inbox.traffic.bytesSent += moved.bytesSent
            inbox.traffic.bytesReceived += moved.bytesReceived
        }
    }

    private func finish(
        _ handle: UnsafeMutableRawPointer, _ exchange: CurlExchange, _ result: Result<HTTPResponse, HTTPError>
    ) {
        count(exchange.traffic(of: handle))
        active[handle] = nil
        exchange.handle = nil
        curl_multi_remove_handle(multi, handle)
        release(handle)
        exchange.end(result)
    }

    private func release(_ handle: UnsafeMutableRawPointer) {
        if idleHandles.count < Self.idleHandlesMax {
            curl_easy_reset(handle)
            idleHandles.append(handle)
        } else {
            curl_easy_cleanup(handle)
        }
    }
}
