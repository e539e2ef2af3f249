internal import NIOCore
internal import NIOHTTPTypes

/// Closes connections whose client sends or reads too slowly, or does not stop to send: performs what `RequestPace` decides.
///
/// One for each connection; runs on its event loop.
final class RequestWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var pace: RequestPace
    private var start = NIODeadline.uptimeNanoseconds(0)
    private var timer: Scheduled<Void>?
    /// When the timer fires.
    private var timerEnd: Duration = .zero
    /// Since when the server does not want to read; nil while it does.
    private var pauseStart: Duration?

    init(_ limits: ConnectionLimits) { pace = RequestPace(limits) }

    /// Since the connection was made, by the loop's clock.
    private func now(_ context: ChannelHandlerContext) -> Duration {
        .nanoseconds((context.eventLoop.now - start).nanoseconds)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        start = context.eventLoop.now
        arm(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) { disarm() }

    func channelInactive(context: ChannelHandlerContext) {
        disarm()
        context.fireChannelInactive()
    }

    func read(context: ChannelHandlerContext) {
        if let begin = pauseStart { pace.excuse(now(context) - begin) }
        pauseStart = nil
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            pace.receiveHead(at: now(context))
            arm(context)
        case .body(let buffer): pace.receiveBody(byteCount: buffer.readableBytes)
        case .end: pace.receiveEnd(at: now(context))
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Whoever wants more asks for it right away, unless what is there has to be worked off first.
        if pauseStart == nil { pauseStart = now(context) }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        if case .head = part { return context.write(data, promise: promise) }
        let promise = promise ?? context.eventLoop.makePromise()
        if case .body(let buffer) = part {
            let byteCount = buffer.readableBytes
            pace.send(byteCount: byteCount, at: now(context))
            if let deadline = pace.deadline, timer == nil || deadline < timerEnd { arm(context) }
            promise.futureResult.assumeIsolated().whenComplete { [self] _ in
                pace.leave(byteCount: byteCount, at: now(context))
            }
        } else {
            pace.sendEnd(at: now(context))
            arm(context)
            promise.futureResult.assumeIsolated().whenComplete { [self] _ in
                pace.deliver(at: now(context))
                if context.channel.isActive { arm(context) }
            }
        }
        context.write(data, promise: promise)
    }

    /// Sets the timer to the deadline. A deadline that moves away later is seen to when the timer fires.
    private func arm(_ context: ChannelHandlerContext) {
        disarm()
        guard let deadline = pace.deadline else { return }
        timerEnd = deadline
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: start + .nanoseconds(deadline.nanoseconds)) {
            [self] in look(context)
        }
    }

    private func disarm() {
        timer?.cancel()
        timer = nil
    }

    private func look(_ context: ChannelHandlerContext) {
        timer = nil
        if let begin = pauseStart {
            pace.excuse(now(context) - begin)
            pauseStart = now(context)
        }
        guard let deadline = pace.deadline else { return }
        if deadline <= now(context) {
            context.close(promise: nil)
        } else {
            arm(context)
        }
    }
}
