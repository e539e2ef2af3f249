/// What one client may take of a server's connections, time and headers.
///
/// No limit of time holds while the server computes or the client waits for an answer, which may take as long as it takes.
package struct ConnectionLimits: Sendable {
    /// Connections at the same time; more have to wait.
    package var countMax = 4096
    /// From the connection to the end of its first request's head, TLS handshake included.
    package var headTime: Duration = .seconds(20)
    /// A connection on which nothing happens for so long between two requests is closed, also when the next head trickles in.
    package var idleTime: Duration = .seconds(120)
    /// A body may take this long, either way, and a second more for each `bodyBytesPerSecondMin`.
    package var bodyTime: Duration = .seconds(20)
    package var bodyBytesPerSecondMin = 32 << 10
    /// For what a client still sends of a body that was refused.
    package var lingerTime: Duration = .seconds(2)
    /// A server that drains listens until there was no request for so long.
    package var quietTime: Duration = .milliseconds(100)
    /// For the last answer to leave a connection that is being closed.
    package var flushTime: Duration = .seconds(60)

    /// Bytes of one header field.
    package var headerFieldBytesMax = 16 << 10
    /// Bytes of all header fields of a request.
    package var headerBytesMax = 64 << 10
    /// Header fields of a request.
    package var headerCountMax = 100

    package init() {}
}

extension Duration {
    /// Whole nanoseconds, as timers want them.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
