internal import CCurl
import Foundation
internal import Primitives
internal import Synchronization

/// The thread that drives all exchanges of a client.
///
/// Other threads leave orders in `inbox` and wake the loop; everything else belongs to the loop's own thread.
///
/// `@unchecked Sendable`: `multi` is set once, and of libcurl's calls on it only `curl_multi_wakeup`, which is made for that,
/// comes from other threads; `active` and `idleHandles` are touched by `run()` alone, which runs once.
final class CurlLoop: @unchecked Sendable {
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
    private let inbox = Mutex(Inbox())
    /// Exchanges under way, by the address of their libcurl handle.
    private var active: [UnsafeMutableRawPointer: CurlExchange] = [:]
    /// Handles ready for another exchange.
    private var idleHandles: [UnsafeMutableRawPointer] = []
    private var idleWaiters: [@Sendable () -> Void] = []

    private static let idleHandlesMax = 64
    /// Nothing but `wakeup` and sockets needs the loop; this only bounds how long a missed wake could last.
    private static let pollMilliseconds: Int32 = 1000

    static func initializeLibrary() {
        _ = libraryIsReady
    }

    private static let libraryIsReady: Bool = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    init(connectionsMax: Int) {
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
                return exchange.end(.failure(.unusable("libcurl is out of memory")))
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
        _ handle: UnsafeMutableRawPointer, _ exchange: CurlExchange, _ result: Result<HTTPResponse, TransportError>
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
