internal import CCurl
import Foundation

/// An HTTP/1.1 client over libcurl's multi interface: one thread, any number of exchanges, connections kept alive.
///
/// Follows no redirects, speaks only `http` and `https`, always verifies whom it speaks to over `https`, never asks for `100-continue` (libcurl would wait a whole second for
/// servers that do not answer that), and goes to loopback addresses directly whatever proxies the environment names.
final class CurlClient: Sendable {
    private let loop: CurlLoop

    private let files: TLSFiles

    /// - Parameters:
    ///   - connectionsMax: how many idle and busy connections are kept at most.
    ///   - files: what `https` is secured with.
    init(connectionsMax: Int = 4096, files: TLSFiles = TLSFiles()) {
        self.files = files
        CurlLoop.initializeLibrary()
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
    var traffic: Traffic { loop.traffic }

    /// Sends `request` and waits for the whole answer. Cancelling the surrounding task aborts the exchange.
    ///
    /// - Throws: `TransportError`; an answer with any status is no error.
    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let exchange = CurlExchange(request, files)
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

    /// Sends `request` without waiting, and forgets the answer.
    func sendAndForget(_ request: HTTPRequest) {
        loop.submit(CurlExchange(request, files))
    }

    /// Returns once every request is answered or given up, so that forgotten ones get out before the process ends.
    func settle() async {
        await withCheckedContinuation { continuation in
            loop.whenIdle { continuation.resume() }
        }
    }
}

/// Bytes moved, headers included.
struct Traffic: Codable, Equatable, Sendable {
    var bytesSent = 0
    var bytesReceived = 0
}
