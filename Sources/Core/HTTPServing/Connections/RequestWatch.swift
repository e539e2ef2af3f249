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
    private let start = NIODeadline.now()
    private var timer: Scheduled<Void>?
    /// Bytes of the answer's body so far.
    private var answerByteCount = 0
    /// Since when the server does not want to read; nil while it does.
    private var pauseStart: Duration?

    init(_ limits: ConnectionLimits) { pace = RequestPace(limits) }

    private var now: Duration { .nanoseconds((NIODeadline.now() - start).nanoseconds) }

    func handlerAdded(context: ChannelHandlerContext) { arm(context) }

    func handlerRemoved(context: ChannelHandlerContext) { disarm() }

    func channelInactive(context: ChannelHandlerContext) {
        disarm()
        context.fireChannelInactive()
    }

    func read(context: ChannelHandlerContext) {
        if let begin = pauseStart { pace.excuse(now - begin) }
        pauseStart = nil
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            pace.receiveHead(at: now)
            arm(context)
        case .body(let buffer): pace.receiveBody(byteCount: buffer.readableBytes)
        case .end: pace.receiveEnd(at: now)
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Whoever wants more asks for it right away, unless what is there has to be worked off first.
        if pauseStart == nil { pauseStart = now }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head: answerByteCount = 0
        case .body(let buffer): answerByteCount += buffer.readableBytes
        case .end:
            pace.sendEnd(byteCount: answerByteCount, at: now)
            arm(context)
            let promise = promise ?? context.eventLoop.makePromise()
            promise.futureResult.assumeIsolated().whenComplete { [self] _ in
                pace.deliver(at: now)
                if context.channel.isActive { arm(context) }
            }
            return context.write(data, promise: promise)
        }
        context.write(data, promise: promise)
    }

    /// Sets the timer to the deadline. A deadline that moves away later is seen to when the timer fires.
    private func arm(_ context: ChannelHandlerContext) {
        disarm()
        guard let deadline = pace.deadline else { return }
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
            pace.excuse(now - begin)
            pauseStart = now
        }
        guard let deadline = pace.deadline else { return }
        if deadline <= now {
            context.close(promise: nil)
        } else {
            arm(context)
        }
    }
}
