package import HummingbirdCore
internal import HummingbirdTLS
internal import NIOCore

extension HTTPServerBuilder {
    /// HTTP/1.1 within `limits`, in TLS if there is a certificate.
    ///
    /// The two handlers see HTTP messages, above TLS: a write counts as gone when its encrypted bytes are, and a close goes
    /// through TLS, which says goodbye first. The number of connections is the application's to limit.
    package static func http1(within limits: ConnectionLimits, tls: ServerTLS?) throws -> HTTPServerBuilder {
        let plain = http1(
            configuration: .init(
                additionalChannelHandlers: [FlushBeforeClose(timeMax: limits.flushTime), RequestWatch(limits)],
                idleTimeout: .nanoseconds(limits.idleTime.nanoseconds),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerFieldBytesMax, maxHeaderListSize: limits.headerBytesMax,
                    maxHeaderFieldCount: limits.headerCountMax)))
        guard let tls else { return plain }
        return try .tls(plain, tlsConfiguration: tls.configuration)
    }
}
