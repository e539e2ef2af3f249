internal import HTTPTypes
internal import NIOCore
internal import NIOEmbedded
internal import NIOHTTPTypes
internal import Testing

@testable import HTTPServing

/// Answers that are streamed for minutes, on a connection whose clock and client are the test's.
@Suite struct StreamedAnswerTests {
    @Test func `a stream with a word every 15 seconds outlives every limit, and its connection is kept`() throws {
        let connection = try StreamedConnection()
        for _ in 0..<240 {
            connection.send(":\n\n")
            connection.wait(.seconds(15))
            try #require(connection.isOpen)
        }
        connection.sendEnd()
        connection.wait(.seconds(119))
        #expect(connection.isOpen)
        try connection.ask()
        connection.wait(.seconds(3600))
        #expect(connection.isOpen)
    }

    @Test func `a stream may be silent for hours`() throws {
        let connection = try StreamedConnection()
        connection.send("data: 1\n\n")
        connection.wait(.hours(5))
        #expect(connection.isOpen)
        connection.send("data: 2\n\n")
        connection.sendEnd()
        connection.wait(.seconds(121))
        // Idle for too long.
        #expect(!connection.isOpen)
    }

    @Test func `a stream that nobody reads is closed`() throws {
        let connection = try StreamedConnection()
        connection.client.isReading = false
        connection.send(String(repeating: "x", count: 64 << 10))
        // 20 s, one more for each 32 KiB, and the time to leave before a close.
        connection.wait(.seconds(20 + 2 + 59))
        #expect(connection.isOpen)
        connection.wait(.seconds(2))
        #expect(!connection.isOpen)
    }

    @Test func `a client that reads slowly, but in time, gets the whole stream`() throws {
        let connection = try StreamedConnection()
        for _ in 0..<20 {
            connection.client.isReading = false
            connection.send(String(repeating: "x", count: 64 << 10))
            connection.wait(.seconds(21))
            connection.client.isReading = true
        }
        connection.sendEnd()
        #expect(connection.isOpen)
        #expect(connection.client.byteCount == 20 * 64 << 10)
    }
}

/// A connection on which one request has been read and an answer has begun.
private struct StreamedConnection {
    let client = Client()
    private let channel = EmbeddedChannel()

    init(_ limits: ConnectionLimits = ConnectionLimits()) throws {
        let handlers: [any ChannelHandler] = [client, FlushBeforeClose(timeMax: limits.flushTime), RequestWatch(limits)]
        try channel.pipeline.syncOperations.addHandlers(handlers)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try ask()
    }

    var isOpen: Bool { channel.isActive }

    /// One more request, and the head of its answer.
    func ask() throws {
        let request = HTTPRequest(method: .get, scheme: "http", authority: "x", path: "/")
        try channel.writeInbound(HTTPRequestPart.head(request))
        try channel.writeInbound(HTTPRequestPart.end(nil))
        channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .ok)), promise: nil)
    }

    func send(_ text: String) { channel.writeAndFlush(HTTPResponsePart.body(ByteBuffer(string: text)), promise: nil) }

    func sendEnd() { channel.writeAndFlush(HTTPResponsePart.end(nil), promise: nil) }

    func wait(_ time: TimeAmount) { channel.embeddedEventLoop.advanceTime(by: time) }
}

/// The network and whoever reads at its end: takes what is written, or keeps it waiting.
private final class Client: ChannelOutboundHandler {
    typealias OutboundIn = HTTPResponsePart

    var isReading = true {
        didSet { if isReading { read() } }
    }
    /// Bytes of bodies that were read.
    private(set) var byteCount = 0
    private var waiting: [(part: HTTPResponsePart, promise: EventLoopPromise<Void>?)] = []

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        waiting.append((unwrapOutboundIn(data), promise))
        if isReading { read() }
    }

    private func read() {
        for (part, promise) in waiting {
            if case .body(let buffer) = part { byteCount += buffer.readableBytes }
            promise?.succeed()
        }
        waiting = []
    }
}
