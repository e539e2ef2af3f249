internal import NIOCore

/// Holds back the closing of a connection until everything written to it has left.
///
/// The server closes a connection right after it has *begun* to write the last answer of a graceful shutdown, and closing drops
/// what is not on its way yet: a large result would arrive cut off. A client that does not read gets no more than `timeMax`.
///
/// One for each connection; runs on its event loop.
final class FlushBeforeClose: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = Any
    typealias OutboundOut = Any

    private let timeMax: Duration
    /// Writes that have not left yet.
    private var pendingCount = 0
    /// Fulfilled by the close that is held back.
    private var heldClose: EventLoopPromise<Void>?

    init(timeMax: Duration) { self.timeMax = timeMax }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let promise = promise ?? context.eventLoop.makePromise()
        pendingCount += 1
        promise.futureResult.assumeIsolated().whenComplete { [self] _ in
            pendingCount -= 1
            if pendingCount == 0 { letGo(context) }
        }
        context.write(data, promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, pendingCount > 0 else { return context.close(mode: mode, promise: promise) }
        if let heldClose { return heldClose.futureResult.cascade(to: promise) }
        let held = context.eventLoop.makePromise(of: Void.self)
        held.futureResult.cascade(to: promise)
        heldClose = held
        let timer = context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(timeMax.nanoseconds)) { [self] in
            letGo(context)
        }
        held.futureResult.assumeIsolated().whenComplete { _ in timer.cancel() }
    }

    /// Closes for real, if that is held back.
    private func letGo(_ context: ChannelHandlerContext) {
        guard let close = heldClose else { return }
        heldClose = nil
        context.close(promise: close)
    }
}
